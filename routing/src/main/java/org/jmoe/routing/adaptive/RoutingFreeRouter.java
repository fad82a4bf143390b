package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Adaptive;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Routing-Free MoE (Liu et al. 2026, arXiv 2604.00801; {@code modeling_deepseek_v3.py} of the
 * authors): each expert is on where its own score {@code g_te = ReLU(a_e s_te + b_e)} reaches a
 * threshold, with weight g_te; a and b are learned per expert and s_te is the norm of the expert's
 * first activations. {@link DensityBalance} drives the share rho of experts that are on, over all
 * tokens and layers, to a target; its coefficient changes once per optimizer step by {@code l =
 * min(1, l (1 + h (rho - target)^2)^sign(rho - target))}. Needs experts that score tokens, such as
 * {@code AutonomousExperts}. Follows the code, from which the text was not available to check.
 */
public final class RoutingFreeRouter extends ScoringRouter implements Adaptive {
  private static final double FIRST_BIAS = -1e-6;

  /**
   * Settings.
   *
   * @param threshold smallest score of an expert that is on, above 0; 0.2 upstream
   * @param target targeted share of experts that are on; 0.1 upstream
   * @param start first coefficient of the loss, at most 1; 1e-5 upstream
   * @param growth h, 1.2 upstream
   * @param capacity of the experts
   */
  public record Spec(
      double threshold, double target, double start, double growth, Capacity capacity)
      implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.positive(threshold, "threshold");
      Checks.unitInterval(target, "target");
      Checks.positive(start, "start");
      Preconditions.checkArgument(start <= 1, "start must be at most 1, not %s", start);
      Checks.positive(growth, "growth");
    }

    /** Creates the authors' settings with a share of experts that are on. */
    public static Spec of(double target) {
      return new Spec(0.2, target, 1e-5, 1.2, Capacity.dropless());
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new RoutingFreeRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return experts;
    }

    @Override
    public boolean causal() {
      return capacity.causal(2);
    }

    @Override
    public long parameters(int dim, int experts) {
      return 2L * experts + 1;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(
          RouterTrait.EXPERT_SCORES, RouterTrait.NONLINEAR, RouterTrait.ADAPTS_COEFFICIENT);
    }
  }

  private final Spec spec;
  private final Parameter scale; // (E)
  private final Parameter bias; // (E), relative to its first value
  private final Parameter log; // (1), of the coefficient relative to its first value

  private RoutingFreeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, 0, experts, seed, 0);
    this.spec = spec;
    scale = ones("scale", new Shape(experts));
    bias = zeros("bias", new Shape(experts));
    log = state("log", new Shape(1));
  }

  @Override
  protected NDArray gateInput(NDArray tokens, RouterContext context) {
    return context.requireExpertScores(path()); // (T, E)
  }

  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    NDArray shifted = Ops.shift(castValue(ps, bias, input, training), FIRST_BIAS); // (E)
    return input.mul(castValue(ps, scale, input, training)).add(shifted); // (T, E)
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = RoutingOps.clampMin(logits, 0); // (T, E)
    NDArray least = Ops.shift(scores.stopGradient(), -spec.threshold()); // (T, E)
    Routing routing = Density.route(logits, scores, least.lt(0), spec.capacity(), context);
    if (!RecordingStore.keeps(ps, AuxLoss.Input.COEFFICIENT)) {
      return routing;
    }
    NDArray relative = castValue(ps, log, logits, context.training()).exp(); // (1)
    return routing.with(AuxLoss.Input.COEFFICIENT, Ops.scale(relative, spec.start()));
  }

  @Override
  public NDArray observe(RoutingSignals signals) {
    return Density.of(signals);
  }

  @Override
  public boolean pooled() {
    return true;
  }

  @Override
  public void adapt(NDArray total, int microBatches) {
    double gap = Ops.sum(total) / microBatches - spec.target();
    double step = Math.signum(gap) * Math.log1p(spec.growth() * gap * gap);
    try (NDArray next = Ops.shift(log.getArray(), step);
        NDArray capped = RoutingOps.clampMax(next, -Math.log(spec.start()))) {
      capped.copyTo(log.getArray());
    }
  }
}
