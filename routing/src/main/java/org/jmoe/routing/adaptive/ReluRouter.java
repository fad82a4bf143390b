package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
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
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * ReMoE (Wang, Zhu and Chen 2024, arXiv 2412.14711; {@code megatron/core/transformer/moe/router.py}
 * of the authors): the weight of an expert is {@code ReLU(x W)}, so routing is continuous. The loss
 * {@link AdaptiveL1} keeps it sparse; its coefficient {@code l} is multiplied by a after each
 * optimizer step if more than k of E experts are on in the mean over all tokens and layers, and
 * divided by a if fewer: {@code l = l0 a^n}. All layers share it. If exactly k are on, n stays, as
 * in the paper; the code divides.
 */
public final class ReluRouter extends ScoringRouter implements Adaptive {
  /**
   * Settings.
   *
   * @param k targeted mean number of experts per token
   * @param start l0, the first coefficient; 1e-8 upstream
   * @param factor a, above 1; 1.2 upstream
   * @param capacity of the experts
   */
  public record Spec(int k, double start, double factor, Capacity capacity) implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.positive(start, "start");
      Preconditions.checkArgument(
          Double.isFinite(factor) && factor > 1, "factor must be above 1, not %s", factor);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new ReluRouter(this, dim, experts, seed);
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
      return Math.multiplyExact((long) dim, experts) + 1;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.ADAPTS_COEFFICIENT);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "remoe",
              "Wang et al. 2024, ReMoE",
              ImmutableMap.of(PresetField.K, 1.0),
              (v, c) -> new Spec(v.k(), 1e-8, 1.2, c)));

  private final Spec spec;
  private final Parameter exponent; // (1), n

  private ReluRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
    exponent = state("exponent", new Shape(1));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = RoutingOps.clampMin(logits, 0); // (T, E)
    NDArray off = logits.stopGradient().lte(0); // (T, E)
    Routing routing = Density.route(logits, scores, off, spec.capacity(), context);
    if (!RecordingStore.keeps(ps, AuxLoss.Input.COEFFICIENT)) {
      return routing;
    }
    NDArray n = castValue(ps, exponent, logits, context.training()); // (1)
    NDArray growth = Ops.scale(n, Math.log(spec.factor())).exp(); // (1)
    return routing.with(
        AuxLoss.Input.COEFFICIENT, Ops.scale(growth, spec.start() / spec.k())); // (1)
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
    double target = (double) spec.k() / experts();
    double direction = Math.signum(Ops.sum(total) / microBatches - target);
    try (NDArray next = Ops.shift(exponent.getArray(), direction)) {
      next.copyTo(exponent.getArray());
    }
  }
}
