package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Top-k router that does the full computation but returns predefined choices. */
final class FixedChoices extends GatedRouter {
  /**
   * Choices of every token.
   *
   * @param choices (T, K), row-major
   * @param k choices per token
   */
  record Spec(ImmutableLongArray choices, int k) implements RouterSpec {
    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new FixedChoices(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k;
    }
  }

  private final Spec spec;

  private FixedChoices(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    Ops.top(probs, spec.k()).close(); // cost of choosing
    long tokens = logits.getShape().get(0);
    NDArray choices =
        logits.getManager().create(spec.choices().toArray()).reshape(tokens, spec.k()); // (T, K)
    NDArray weights = probs.gather(choices, 1); // (T, K)
    weights = weights.div(weights.sum(new int[] {1}, true)); // (T, K)
    return Routing.of(logits, probs, choices, weights, Capacity.dropless(), context);
  }
}
