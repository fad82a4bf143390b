package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Top-any routing (Guo et al. 2024, DynMoE, equations 3 to 5; {@code GAMoEGateT}): {@code s_e =
 * sigmoid(cos(x, M_e) exp(t))} with a learned threshold {@code sigmoid(g_e exp(t))}; all experts
 * above their threshold have equal weight, with a straight-through gradient. A token without an
 * expert takes its best one in evaluation and none in training.
 */
public final class TopAnyRouter extends ScoringRouter {
  private static final double MAX_SCALE = 100;
  private static final double MIN_LENGTH = 1e-12;

  /**
   * Settings.
   *
   * @param scale initial value of {@code exp(t)}; 10 upstream
   * @param threshold initial value of {@code sigmoid(g_e exp(t))}; 0.5 upstream
   * @param capacity of the experts
   */
  public record Spec(double scale, double threshold, Capacity capacity) implements RouterSpec {
    /** Checks the scale. */
    public Spec {
      Checks.positive(scale, "scale");
      Preconditions.checkArgument(
          threshold > 0 && threshold < 1, "threshold must be between 0 and 1, not %s", threshold);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new TopAnyRouter(this, dim, experts, seed);
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
      return Math.multiplyExact(dim + 1L, experts) + 1;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.NONLINEAR, RouterTrait.STRAIGHT_THROUGH);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "top-any",
              "Guo et al. 2024, Dynamic Mixture of Experts (DynMoE)",
              ImmutableMap.of(PresetField.SCALE, 10.0, PresetField.THRESHOLD, 0.5),
              (v, c) -> new Spec(v.number(PresetField.SCALE), v.number(PresetField.THRESHOLD), c)));

  private final Spec spec;
  private final Parameter temperature; // (1), ln of the scale relative to its initial value
  private final Parameter thresholds; // (E)

  private TopAnyRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
    temperature = zeros("temperature", new Shape(1));
    thresholds = zeros("bias", new Shape(experts));
  }

  /** Returns the cosine similarity (T, E) of tokens and experts, unscaled. */
  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    NDArray weight = gate(ps, input, training); // (D, E)
    return RoutingOps.normalize(input, 1, MIN_LENGTH)
        .matMul(RoutingOps.normalize(RoutingOps.castLike(input, weight), 0, MIN_LENGTH));
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    boolean training = context.training();
    NDArray unclamped =
        Ops.scale(castValue(ps, temperature, logits, training).exp(), spec.scale()); // (1)
    NDArray scale = RoutingOps.clampMax(unclamped, MAX_SCALE); // (1)
    NDArray scores = RoutingOps.sigmoid(logits.mul(scale)); // (T, E)
    NDArray scaled = castValue(ps, thresholds, logits, training).mul(scale); // (E)
    double start = Math.log(spec.threshold() / (1 - spec.threshold()));
    NDArray threshold = RoutingOps.sigmoid(Ops.shift(scaled, start)); // (E)
    NDArray over = scores.sub(threshold); // (T, E)
    NDArray active = Ops.cast(over.stopGradient(), DataType.FLOAT32).gt(0); // (T, E)
    if (!training) {
      NDArray best = Ops.top(scores, 1).oneHot(experts(), DataType.BOOLEAN).squeeze(1); // (T, E)
      NDArray any = Ops.cast(active, DataType.INT32).sum(new int[] {1}, true).gt(0); // (T, 1)
      active = active.logicalOr(best.logicalAnd(any.logicalNot()));
    }
    NDArray gate = Ops.cast(active, logits.getDataType()); // (T, E)
    NDArray through = gate.add(over.sub(over.stopGradient())); // (T, E), the value is the gate
    NDArray count = RoutingOps.clampMin(gate.sum(new int[] {1}, true), 1); // (T, 1)
    NDArray ranked = Ops.top(scores, experts()); // (T, E)
    NDArray weights = through.div(count).gather(ranked, 1); // (T, E)
    NDArray off = gate.lt(0.5); // (T, E)
    NDArray inactive = Ops.cast(off, DataType.INT64).gather(ranked, 1).gt(0); // (T, E)
    NDArray choices = RoutingOps.fill(ranked, inactive, -1); // (T, E)
    NDArray probs = ScoreFunction.normalised(scores); // (T, E)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
