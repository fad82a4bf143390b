package org.jmoe.routing.controls;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Replays recorded choices (Megatron-LM {@code router_replay.py}): the experts are those recorded;
 * the weights are those of the current gate, a softmax over all experts or over the chosen ones.
 */
public final class ReplayRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param choices k experts per token, token by token
   * @param k experts per token
   * @param preSoftmax whether the softmax is over all experts
   */
  public record Spec(ImmutableLongArray choices, int k, boolean preSoftmax) implements RouterSpec {
    /** Checks k and the number of choices. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(
          choices.length() % k == 0,
          "the number of choices, %s, must be a multiple of k = %s",
          choices.length(),
          k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new ReplayRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k;
    }

    /** Not supported, because the choices are recorded. */
    @Override
    public Spec withK(int other) {
      throw new IllegalArgumentException(
          "Cannot set k: this ReplayRouter repeats %s recorded choices per token.".formatted(k));
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED);
    }
  }

  private final Spec spec;

  private ReplayRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    long tokens = logits.getShape().get(0);
    if (tokens * spec.k() != spec.choices().length()) {
      throw new RoutingException(
          path()
              + ": the recording has "
              + spec.choices().length() / spec.k()
              + " tokens, but the batch has "
              + tokens
              + "; replay the batch that was recorded");
    }
    NDArray choices = // (T, K)
        logits.getManager().create(spec.choices().toArray()).reshape(tokens, spec.k());
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray weights = // (T, K)
        spec.preSoftmax() ? probs.gather(choices, 1) : Ops.softmax(logits.gather(choices, 1));
    return Routing.of(logits, probs, choices, weights, Capacity.dropless(), context);
  }
}
