package org.jmoe.training.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.training.config.ConfigException;

/**
 * Uniform average of the weights of several checkpoints of a run (Izmailov et al. 2018, stochastic
 * weight averaging; Kaddour 2022, latest weight averaging). Sums are in float64.
 */
public final class CheckpointAverage {
  private CheckpointAverage() {}

  /**
   * Returns the last steps that have a checkpoint.
   *
   * @throws ConfigException if there are fewer
   */
  public static List<Long> last(OpenedModel run, int count) {
    List<Long> steps = run.steps();
    if (steps.size() < count) {
      throw new ConfigException(
          "%s has %d checkpoints (steps %s), not %d; train with training.checkpoint.keep=%d or"
                  .formatted(run.folder(), steps.size(), steps, count, Math.max(2, count))
              + " average fewer");
    }
    return steps.subList(steps.size() - count, steps.size());
  }

  /**
   * Replaces the weights of a model by their average.
   *
   * @param steps steps of the checkpoints to average
   * @throws ConfigException if a step has no checkpoint
   */
  public static void load(OpenedModel run, List<Long> steps) {
    List<NDArray> weights =
        SplitArray.parameters(run.model()).stream()
            .flatMap(array -> array.pieces().stream())
            .map(SplitArray.Piece::array)
            .toList();
    try (NDManager sums = run.manager().newSubManager()) {
      List<NDArray> total = new ArrayList<>();
      weights.forEach(w -> total.add(sums.zeros(w.getShape(), DataType.FLOAT64, w.getDevice())));
      for (long step : steps) {
        run.use(step);
        NoGrad.run(() -> add(total, weights, sums));
      }
      NoGrad.run(
          () -> {
            for (int i = 0; i < weights.size(); i++) {
              NDArray mean = Ops.scale(total.get(i), 1.0 / steps.size());
              FusedUpdates.copyAll(List.of(weights.get(i)), List.of(mean));
            }
          });
    }
  }

  private static void add(List<NDArray> total, List<NDArray> weights, NDManager sums) {
    for (int i = 0; i < weights.size(); i++) {
      NDArray sum = total.get(i);
      try (NDManager scope = sums.newSubManager()) {
        NDArray next = sum.add(weights.get(i)); // of float64, as the sum
        next.attach(scope);
        FusedUpdates.copyAll(List.of(sum), List.of(next));
      }
    }
  }
}
