package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Experts that score tokens themselves: SwiGLU with a factored gate matrix, {@code y = (SiLU(x A_e
 * B_e) * x V_e) O_e}, whose score of a token is the norm {@code |x A_e|} (Autonomy-of-Experts, Lv
 * et al. 2025, arXiv 2501.13074, section 3; {@code MLPAoE.py}; also Routing-Free MoE, Liu et al.
 * 2026). For use with {@code ExpertScoreRouter} or {@code RoutingFreeRouter}. The product A B is
 * formed once per batch, where the authors keep the activations of the score.
 */
public final class AutonomousExperts extends Experts {
  /**
   * Settings.
   *
   * @param hidden width H of each expert
   * @param rank width R of the activations that score
   */
  public record Spec(int hidden, int rank) implements ExpertsSpec {
    /** Checks the widths. */
    public Spec {
      Preconditions.checkArgument(hidden >= 1, "hidden must be at least 1, not %s", hidden);
      Preconditions.checkArgument(rank >= 1, "rank must be at least 1, not %s", rank);
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return new AutonomousExperts(this, dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return Math.multiplyExact((long) dim, rank + 2L * hidden) + (long) rank * hidden;
    }
  }

  private final Parameter down; // (E, D, R)
  private final Parameter up; // (E, R, H)
  private final Parameter in; // (E, D, H)
  private final Parameter out; // (E, H, D)

  private AutonomousExperts(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    down = weight("down", new Shape(experts, dim, spec.rank()), 1 / Math.sqrt(dim));
    up = weight("up", new Shape(experts, spec.rank(), spec.hidden()), 1 / Math.sqrt(spec.rank()));
    in = weight("in", new Shape(experts, dim, spec.hidden()), 1 / Math.sqrt(dim));
    out = weight("out", new Shape(experts, spec.hidden(), dim), 1 / Math.sqrt(spec.hidden()));
  }

  @Override
  public boolean scoresTokens() {
    return true;
  }

  @Override
  public NDArray scores(ParameterStore ps, NDArray tokens, boolean training) {
    NDArray x = // (T, D)
        tokens.getDataType() == DataType.FLOAT16 ? Ops.cast(tokens, DataType.FLOAT32) : tokens;
    NDArray matrices = castValue(ps, down, x, training); // (E, D, R)
    NDArray activations = x.expandDims(0).matMul(matrices); // (E, T, R)
    return RoutingOps.norm(activations).transpose(); // (T, E)
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    NDArray gate = // (E, D, H)
        castValue(ps, down, rows, training).matMul(castValue(ps, up, rows, training));
    NDArray both = Ops.concat(new NDList(gate, castValue(ps, in, rows, training)), 2); // (E, D, 2H)
    NDArray none = rows.getManager().zeros(new Shape(plan.experts(), 0), rows.getDataType());
    FeedForwardWeights weights =
        FeedForwardWeights.of(
                Activation.SWIGLU, both, none, castValue(ps, out, rows, training), none)
            .withPrecision(RecordingStore.precision(ps))
            .withStrategy(RecordingStore.strategy(ps));
    return plan instanceof GroupedPlan grouped
        ? ExpertOps.groupedExperts(rows, grouped.counts(), weights) // (N, D)
        : ExpertOps.paddedExperts(rows, weights); // (E, C, D)
  }

  @Override
  public NDArray firstMatrix(ParameterStore ps, NDArray activation, boolean training) {
    return castValue(ps, down, activation, training)
        .matMul(castValue(ps, up, activation, training));
  }
}
