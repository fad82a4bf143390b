package org.jmoe.app.examples;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Top-k router with a softmax temperature and no capacity limit. */
public final class TemperatureRouter extends GatedRouter {
  /** Settings of the router. */
  public record Spec(int k, double temperature) implements RouterSpec {
    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new TemperatureRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k;
    }
  }

  private final Spec spec;

  private TemperatureRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(Ops.scale(logits, 1 / spec.temperature())); // (T, E)
    return Routing.topK(logits, probs, spec.k(), Capacity.dropless(), context);
  }
}
