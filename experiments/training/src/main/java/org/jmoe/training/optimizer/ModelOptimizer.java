package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jspecify.annotations.Nullable;

/** Trains a model: clips the gradients by their global norm, then lets an {@link Optimizer} act. */
public final class ModelOptimizer implements AutoCloseable {
  private final double clip;
  private final NDManager manager;
  private final List<TrainedTensor> tensors;
  private final ImmutableList<NDArray> trained;
  private final Optimizer optimizer;
  private final @Nullable WeightAverage average;

  /** Creates an optimizer without an average of the weights. */
  public ModelOptimizer(OptimizerSpec spec, Block model, NDManager parent) {
    this(spec, 0, model, parent);
  }

  /**
   * Creates an optimizer with its initial state, and freezes the parameters of frozen groups.
   *
   * @param ema decay of a moving average of the trained weights; 0 for none
   * @throws IllegalArgumentException if nothing is trained
   */
  public ModelOptimizer(OptimizerSpec spec, double ema, Block model, NDManager parent) {
    clip = spec.clip();
    manager = parent.newSubManager();
    tensors = TrainedTensor.of(model, spec.groups());
    trained =
        tensors.stream()
            .flatMap(t -> t.pieces().stream())
            .map(TrainedTensor.Piece::value)
            .collect(ImmutableList.toImmutableList());
    optimizer = spec.build(tensors, manager);
    average = ema == 0 ? null : new WeightAverage(ema, tensors, manager);
  }

  /** Returns the trained parameters, in the order of the gradients passed to {@link #step}. */
  public List<NDArray> trained() {
    return trained;
  }

  /**
   * Clips the gradients and updates the parameters. If the norm is not finite, nothing is changed;
   * see {@link #nonFiniteGradient}.
   *
   * @param schedule fraction of the peak rate
   * @param gradients gradients of {@link #trained}; not modified
   * @return global gradient norm before clipping
   */
  public double step(double schedule, List<NDArray> gradients) {
    Preconditions.checkArgument(
        gradients.size() == trained.size(),
        "%s parameters are trained, but %s gradients were given",
        trained.size(),
        gradients.size());
    double norm = GradientNorm.of(tensors, gradients);
    if (Double.isFinite(norm)) {
      double factor = clip > 0 && norm > clip ? clip / norm : 1;
      StepGradients step = new StepGradients(gradients, factor);
      NoGrad.run(
          () -> {
            optimizer.update(step, schedule);
            if (average != null) {
              average.update();
            }
          });
    }
    return norm;
  }

  /** Returns the path of the first tensor with a non-finite gradient, if any. */
  public Optional<String> nonFiniteGradient(List<NDArray> gradients) {
    return tensors.stream()
        .filter(
            tensor ->
                tensor.pieces().stream()
                    .map(piece -> FusedUpdates.globalNorm(List.of(gradients.get(piece.index()))))
                    .anyMatch(norm -> !Double.isFinite(norm)))
        .map(TrainedTensor::name)
        .findFirst();
  }

  /** Returns the state that a checkpoint saves. */
  public List<SplitArray> state() {
    return optimizer.state();
  }

  /**
   * Returns the arrays of the model with the moving averages of trained weights in place of the
   * weights; empty if no average is kept.
   */
  public Optional<List<SplitArray>> averaged(List<SplitArray> model) {
    return Optional.ofNullable(average).map(kept -> kept.of(model));
  }

  @Override
  public void close() {
    manager.close();
  }
}
