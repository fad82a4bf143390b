package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jmoe.device.NamedDevice;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;

/**
 * AdamW (Loshchilov and Hutter 2019). One native call updates all parameters that share a rate, a
 * decay and a device.
 */
public final class AdamW implements Optimizer {
  /**
   * Optimizer settings.
   *
   * @param rate peak learning rate
   * @param beta1 decay rate of the first moment
   * @param beta2 decay rate of the second moment
   * @param epsilon term added to the square root of the second moment
   * @param decay weight decay; not applied to biases and gains
   * @param clip maximum global gradient norm; 0 for no clipping
   * @param groups parameter groups; the first match applies
   */
  public record Spec(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double decay,
      double clip,
      List<ParameterGroup> groups)
      implements OptimizerSpec {
    /** Validates the settings. */
    public Spec {
      Preconditions.checkArgument(
          rate > 0 && Double.isFinite(rate), "rate must be above 0 and finite, not %s", rate);
      Preconditions.checkArgument(
          beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1), not %s", beta1);
      Preconditions.checkArgument(
          beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1), not %s", beta2);
      Preconditions.checkArgument(
          epsilon > 0 && Double.isFinite(epsilon),
          "epsilon must be above 0 and finite, not %s",
          epsilon);
      Preconditions.checkArgument(
          decay >= 0 && Double.isFinite(decay),
          "decay must be at least 0 and finite, not %s",
          decay);
      Preconditions.checkArgument(
          clip >= 0 && Double.isFinite(clip),
          "clip must be at least 0 (for no limit) and finite, not %s",
          clip);
      groups = ImmutableList.copyOf(groups);
    }

    /** Returns common settings for language models. */
    public static Spec of(double rate) {
      return new Spec(rate, 0.9, 0.95, 1e-8, 0.1, 1, List.of());
    }

    /** Returns a copy with another maximum gradient norm. */
    public Spec withClip(double norm) {
      return new Spec(rate, beta1, beta2, epsilon, decay, norm, groups);
    }

    /** Returns a copy with other parameter groups. */
    public Spec withGroups(ParameterGroup... others) {
      return new Spec(rate, beta1, beta2, epsilon, decay, clip, ImmutableList.copyOf(others));
    }

    @Override
    public Optimizer build(List<TrainedTensor> tensors, NDManager manager) {
      return new AdamW(this, tensors, manager);
    }

    @Override
    public int statesPerParameter() {
      return 2;
    }
  }

  private static final String MEAN = "mean";
  private static final String VARIANCE = "variance";
  private static final String STEP = "step";

  /** What parameters updated by one native call have in common. */
  private record Group(double rate, double decay, NamedDevice device) {}

  private record Slot(TrainedTensor tensor, TrainedTensor.Piece piece) {}

  private final Spec spec;
  private final OptimizerState state;
  private final Map<Group, List<Slot>> groups = new LinkedHashMap<>();

  private AdamW(Spec spec, List<TrainedTensor> tensors, NDManager manager) {
    this.spec = spec;
    state = new OptimizerState(tensors, manager).zeros(MEAN).zeros(VARIANCE).count(STEP);
    for (TrainedTensor tensor : tensors) {
      for (TrainedTensor.Piece piece : tensor.pieces()) {
        Group group = new Group(tensor.rate(), tensor.decay(), piece.device());
        groups.computeIfAbsent(group, g -> new ArrayList<>()).add(new Slot(tensor, piece));
      }
    }
  }

  @Override
  public void update(StepGradients gradients, double schedule) {
    groups.forEach(
        (group, slots) ->
            FusedUpdates.adamW(
                new FusedUpdates.AdamWState(
                    arrays(slots, TrainedTensor.Piece::value),
                    arrays(slots, piece -> state.of(piece, MEAN)),
                    arrays(slots, piece -> state.of(piece, VARIANCE)),
                    arrays(slots, piece -> state.of(piece, STEP)),
                    slots.stream().map(slot -> slot.tensor().isUpdatedByRow()).toList()),
                arrays(slots, gradients::of),
                gradients.factor(),
                new FusedUpdates.AdamWRates(
                    spec.rate() * schedule * group.rate(),
                    spec.beta1(),
                    spec.beta2(),
                    spec.decay() * group.decay(),
                    spec.epsilon())));
  }

  private static List<NDArray> arrays(List<Slot> slots, Function<TrainedTensor.Piece, NDArray> of) {
    return slots.stream().map(slot -> of.apply(slot.piece())).toList();
  }

  /**
   * Returns {@code path.mean}, {@code path.variance} and {@code path.step}, the step count shared
   * by all rows of a tensor.
   */
  @Override
  public List<SplitArray> state() {
    return state.arrays();
  }
}
