package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.regex.Pattern;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Precision;

/**
 * Muon (Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks): momentum
 * whose matrices are orthogonalized by Newton-Schulz iterations. Each expert of a stack (E, D, H)
 * is a matrix of its own. Equals {@code torch.optim.Muon}; matrices that are stored as one, such as
 * the projections to queries, keys and values, are orthogonalized as one.
 */
public final class Muon implements Optimizer {
  /** Factor of the update of a matrix. */
  public enum Scale {
    /** {@code sqrt(max(1, out / in))}, as Jordan et al.; {@code original} in PyTorch. */
    JORDAN,
    /**
     * {@code 0.2 sqrt(max(in, out))}, the size of AdamW's updates, so that its learning rates and
     * decays fit (Liu et al. 2025, Muon is scalable for LLM training, equation 4; Moonlight);
     * {@code match_rms_adamw} in PyTorch.
     */
    MOONLIGHT;

    double of(long in, long out) {
      return switch (this) {
        case JORDAN -> Math.sqrt(Math.max(1, (double) out / in));
        case MOONLIGHT -> 0.2 * Math.sqrt((double) Math.max(in, out));
      };
    }
  }

  /**
   * Optimizer settings.
   *
   * @param rate peak learning rate
   * @param momentum decay rate of the momentum
   * @param nesterov whether updates look ahead by one step of momentum
   * @param iterations Newton-Schulz iterations
   * @param scale factor of the update of a matrix
   * @param precision precision of the iterations; the authors use bfloat16
   * @param decay weight decay
   * @param clip maximum global gradient norm; 0 for no clipping
   * @param except regular expression searched in the paths of matrices that {@code others} trains,
   *     such as embeddings, output and routers
   * @param others optimizer of these matrices and of all tensors that are not matrices
   * @param groups parameter groups; the first match applies
   */
  public record Spec(
      double rate,
      double momentum,
      boolean nesterov,
      int iterations,
      Scale scale,
      Precision precision,
      double decay,
      double clip,
      String except,
      OptimizerSpec others,
      List<ParameterGroup> groups)
      implements OptimizerSpec {
    private static final String ENDS = "^model/(embedding|output|positions)|/router/";

    /** Validates the settings. */
    public Spec {
      Preconditions.checkArgument(
          rate > 0 && Double.isFinite(rate), "rate must be above 0 and finite, not %s", rate);
      Preconditions.checkArgument(
          momentum >= 0 && momentum < 1, "momentum must be in [0, 1), not %s", momentum);
      Preconditions.checkArgument(
          iterations >= 1 && iterations < 100,
          "iterations must be from 1 to 99, not %s",
          iterations);
      Preconditions.checkArgument(
          decay >= 0 && Double.isFinite(decay),
          "decay must be at least 0 and finite, not %s",
          decay);
      Preconditions.checkArgument(
          clip >= 0 && Double.isFinite(clip),
          "clip must be at least 0 (for no limit) and finite, not %s",
          clip);
      Preconditions.checkArgument(
          others.clip() == 0 && others.groups().isEmpty(),
          "clip = %s and groups of others must be 0 and []; those of Muon apply to all parameters",
          others.clip());
      groups = ImmutableList.copyOf(groups);
      ParameterGroup.requirePattern("except", except);
    }

    /** Returns the settings of Moonlight, with AdamW at the same rate for all other parameters. */
    public static Spec of(double rate) {
      return new Spec(
          rate,
          0.95,
          true,
          5,
          Scale.MOONLIGHT,
          Precision.FLOAT32,
          0.1,
          1,
          ENDS,
          AdamW.Spec.of(rate).withClip(0),
          List.of());
    }

    /** Returns a copy with another rate for the matrices; {@code others} keeps its own. */
    public Spec withRate(double peak) {
      return new Spec(
          peak,
          momentum,
          nesterov,
          iterations,
          scale,
          precision,
          decay,
          clip,
          except,
          others,
          groups);
    }

    @Override
    public Optimizer build(List<TrainedTensor> tensors, NDManager manager) {
      return new Muon(this, tensors, manager);
    }

    @Override
    public int statesPerParameter() {
      return Math.min(1, others.statesPerParameter());
    }

    private boolean isMatrix(TrainedTensor tensor) {
      int axes = tensor.shape().dimension();
      return tensor.tensor().type() == Parameter.Type.WEIGHT
          && (axes == 2 || axes == 3)
          && !Pattern.compile(except).matcher(tensor.name()).find();
    }
  }

  private final ImmutableList<Optimizer> parts;

  private Muon(Spec spec, List<TrainedTensor> tensors, NDManager manager) {
    List<TrainedTensor> matrices = tensors.stream().filter(spec::isMatrix).toList();
    List<TrainedTensor> others = tensors.stream().filter(t -> !spec.isMatrix(t)).toList();
    parts =
        ImmutableList.of(
            new Matrices(spec, matrices, manager), spec.others().build(others, manager));
  }

  @Override
  public void update(StepGradients gradients, double schedule) {
    parts.forEach(part -> part.update(gradients, schedule));
  }

  /** Returns {@code path.momentum} of matrices and the state of the other optimizer. */
  @Override
  public List<SplitArray> state() {
    return parts.stream().flatMap(part -> part.state().stream()).toList();
  }

  private static final class Matrices extends TensorOptimizer {
    private final Spec spec;

    Matrices(Spec spec, List<TrainedTensor> tensors, NDManager manager) {
      super(spec, tensors, manager, "momentum");
      this.spec = spec;
    }

    @Override
    protected List<NDArray> update(
        TrainedTensor tensor, NDArray value, NDArray gradient, List<NDArray> states, double rate) {
      int axes = tensor.shape().dimension();
      long in = tensor.shape().get(axes - 2);
      long out = tensor.shape().get(axes - 1);
      NDArray momentum = mix(states.get(0), gradient, spec.momentum()); // (.., in, out)
      NDArray direction = // (.., in, out)
          spec.nesterov() ? mix(momentum, gradient, spec.momentum()) : momentum;
      NDArray orthogonal = // (.., in, out)
          FusedUpdates.orthogonalise(direction, spec.iterations(), spec.precision());
      NDArray decayed = Ops.scale(value, 1 - rate * spec.decay() * tensor.decay());
      NDArray step = Ops.scale(orthogonal, rate * spec.scale().of(in, out));
      return List.of(decayed.sub(step), momentum);
    }

    private static NDArray mix(NDArray old, NDArray recent, double share) {
      return Ops.scale(old, share).add(Ops.scale(recent, 1 - share));
    }
  }
}
