package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Softmax top-k router for tests of the layer; the published routers are in another module. */
public final class PlainRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param normalise whether the k weights sum to 1
   */
  public record Spec(int k, boolean normalise, Capacity capacity) implements RouterSpec {
    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new PlainRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k;
    }
  }

  private final Spec spec;

  private PlainRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    return Routing.of(
        Selection.weighed(logits, probs, choices, any -> weights(probs, any)),
        spec.capacity(),
        context);
  }

  private NDArray weights(NDArray probs, NDArray choices) {
    NDArray weights = probs.gather(choices, 1); // (T, K)
    return spec.normalise() ? weights.div(weights.sum(new int[] {1}, true)) : weights;
  }
}
