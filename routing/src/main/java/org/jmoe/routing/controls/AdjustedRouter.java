package org.jmoe.routing.controls;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterHook;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Any router with additions that some systems have: jitter on its input in training (Switch
 * Transformer, Fedus et al. 2022, appendix F), a learned bias on its logits (gpt-oss; Megatron-LM
 * {@code add_bias_linear}), and a constant bias on its logits, to force experts or keep them out.
 */
public final class AdjustedRouter extends Router {
  /**
   * Settings.
   *
   * @param router the adjusted router
   * @param jitter e of the factors on the router's input, uniform in {@code 1 +- e}; 0 for none
   * @param learnedBias whether a bias (E), 0 at first, is learned
   * @param forcedBias constant bias of each expert; empty for none
   */
  public record Spec(RouterSpec router, double jitter, boolean learnedBias, List<Double> forcedBias)
      implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(
          jitter >= 0 && jitter < 1, "jitter must be at least 0 and below 1, not %s", jitter);
      forcedBias = ImmutableList.copyOf(forcedBias);
      Preconditions.checkArgument(
          forcedBias.stream().allMatch(Double::isFinite),
          "forcedBias must be finite, not %s; use -1e9 to keep an expert out",
          forcedBias);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Preconditions.checkArgument(
          forcedBias.isEmpty() || forcedBias.size() == experts,
          "forcedBias has %s values for %s experts; give one for each",
          forcedBias.size(),
          experts);
      return new AdjustedRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return router.activeExperts(experts);
    }

    @Override
    public long parameters(int dim, int experts) {
      return router.parameters(dim, experts) + (learnedBias ? experts : 0);
    }

    @Override
    public boolean causal() {
      return router.causal();
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return jitter == 0
          ? router.traits()
          : ImmutableSet.<RouterTrait>builder()
              .addAll(router.traits())
              .add(RouterTrait.NOISE)
              .build();
    }

    @Override
    public int largestK(int experts) {
      return router.largestK(experts);
    }

    @Override
    public @Nullable Capacity capacity() {
      return router.capacity();
    }

    @Override
    public Spec withK(int k) {
      return new Spec(router.withK(k), jitter, learnedBias, forcedBias);
    }

    @Override
    public Spec withCapacity(Capacity capacity) {
      return new Spec(router.withCapacity(capacity), jitter, learnedBias, forcedBias);
    }
  }

  private final Spec spec;
  private final Router router;
  private final @Nullable Parameter bias; // (E)

  private AdjustedRouter(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    this.spec = spec;
    router = addChildBlock("router", spec.router().build(dim, experts, seed));
    bias = spec.learnedBias() ? zeros("learned_bias", new Shape(experts)) : null;
  }

  @Override
  public Routing route(ParameterStore ps, NDArray tokens, RouterContext context) {
    NDArray input = tokens; // (T, D)
    if (spec.jitter() > 0 && context.drawsNoise()) {
      NDArray uniform = Ops.uniform(tokens.stopGradient(), context.seed().child("jitter"));
      input = tokens.mul(Ops.shift(Ops.scale(uniform, 2 * spec.jitter()), 1 - spec.jitter()));
    }
    if (bias == null && spec.forcedBias().isEmpty()) {
      return router.route(ps, input, context);
    }
    Biased biased = new Biased(ps, context.training());
    RouterHook outer = context.hook();
    RouterHook hook = outer == null ? biased : biased.then(outer);
    Routing routing = router.route(ps, input, context.withHook(hook));
    if (!biased.called) {
      throw new RoutingException(
          path() + " has no logits that a bias could change; remove learnedBias and forcedBias");
    }
    return routing;
  }

  /** Adds the biases to the logits. */
  private final class Biased implements RouterHook {
    private final ParameterStore ps;
    private final boolean training;
    private boolean called;

    private Biased(ParameterStore ps, boolean training) {
      this.ps = ps;
      this.training = training;
    }

    @Override
    public NDArray logits(NDArray logits) {
      called = true;
      NDArray sum = logits; // (T, E)
      if (bias != null) {
        sum = sum.add(castValue(ps, bias, logits, training));
      }
      if (!spec.forcedBias().isEmpty()) {
        double[] values = spec.forcedBias().stream().mapToDouble(Double::doubleValue).toArray();
        NDArray constant = logits.getManager().create(values); // (E)
        sum = sum.add(RoutingOps.castLike(logits, Ops.moveTo(constant, logits)));
      }
      return sum;
    }
  }
}
