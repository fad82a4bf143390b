package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;

/**
 * Experts in a narrower width L, {@code y = (sum_e g_e E_e(x W_down)) W_up} (LatentMoE, Elango et
 * al. 2026; Megatron-Core's {@code moe_latent_size}, NVIDIA Nemotron 3). The two projections are
 * shared by all experts of a layer. A token is projected once before dispatch, and its weighted sum
 * of outputs once after combine, so only rows of width L are copied, sent between devices and
 * multiplied. Router and shared expert use the full width D, as in Megatron-Core's {@code
 * moe_layer.py}.
 *
 * <p>The projections have neither bias, as in Nemotron, nor norm. Their initial weights are normal
 * with standard deviation {@code 1 / sqrt(inputs)}, like all weights in jmoe; Megatron-Core has its
 * own initialization.
 */
public final class LatentExperts extends Experts {
  /**
   * Settings.
   *
   * @param width L, at most the width of the tokens
   * @param expert settings of the experts, for tokens of width L
   */
  public record Spec(int width, ExpertsSpec expert) implements ExpertsSpec {
    /** Checks the width. */
    public Spec {
      Preconditions.checkArgument(width >= 1, "width must be at least 1, not %s", width);
      Preconditions.checkArgument(
          !(expert instanceof Spec),
          "latent experts of width %s contain latent experts; use one projection with the smaller"
              + " width",
          width);
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      requireFits(dim, experts);
      return new LatentExperts(this, dim, experts, seed);
    }

    @Override
    public void requireFits(int dim, int experts) {
      Preconditions.checkArgument(
          width <= dim,
          "latent width %s exceeds the token width %s; use at most %s",
          width,
          dim,
          dim);
      expert.requireFits(width, experts);
    }

    @Override
    public int width(int dim) {
      return width;
    }

    @Override
    public long parametersPerExpert(int dim) {
      return expert.parametersPerExpert(width);
    }

    @Override
    public long activeParametersPerExpert(int dim) {
      return expert.activeParametersPerExpert(width);
    }

    @Override
    public long commonParameters(int dim) {
      return Math.addExact(2L * dim * width, expert.commonParameters(width));
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.addExact(2L * dim * width, expert.parameters(width, experts));
    }

    @Override
    public long activeParameters(int dim, int used) {
      return Math.addExact(2L * dim * width, expert.activeParameters(width, used));
    }
  }

  private final Parameter down; // (D, L)
  private final Parameter up; // (L, D)
  private final Experts experts;

  private LatentExperts(Spec spec, int dim, int count, Seed seed) {
    super(seed);
    int width = spec.width();
    down = weight("latent/down", new Shape(dim, width), 1 / Math.sqrt(dim));
    up = weight("latent/up", new Shape(width, dim), 1 / Math.sqrt(width));
    // The same path, so that weights have the same names as without projections.
    experts = addChildBlock("experts", spec.expert().build(width, count, seed));
  }

  @Override
  public NDArray projectIn(ParameterStore ps, NDArray tokens, boolean training) {
    NDArray weight = value(ps, down, tokens, training); // (D, L)
    return TransformerOps.linear(tokens, weight, RecordingStore.precision(ps)); // (T, L)
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    return experts.forward(ps, rows, plan, training, draws); // (N, L) or (E, C, L)
  }

  @Override
  public NDArray projectOut(ParameterStore ps, NDArray outputs, boolean training) {
    NDArray weight = value(ps, up, outputs, training); // (L, D)
    return TransformerOps.linear(outputs, weight, RecordingStore.precision(ps)); // (.., D)
  }
}
