package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Ops;

/**
 * An optimizer that computes the new value of each tensor from its value, its gradient and state
 * arrays of its shape. State, checkpoints, clipping, parameter groups and sharding need no code.
 */
public abstract class TensorOptimizer implements Optimizer {
  private final OptimizerSpec spec;
  private final List<TrainedTensor> tensors;
  private final ImmutableList<String> names;
  private final OptimizerState state;

  /**
   * Creates the optimizer with states of zeros.
   *
   * @param states names of the states, such as {@code momentum}
   */
  protected TensorOptimizer(
      OptimizerSpec spec, List<TrainedTensor> tensors, NDManager manager, String... states) {
    this.spec = spec;
    this.tensors = tensors;
    names = ImmutableList.copyOf(states);
    state = new OptimizerState(tensors, manager);
    names.forEach(state::zeros);
  }

  /**
   * Computes one update. All arrays have the same shape: that of the tensor, or its rows on one
   * device (experts, ..), or a single one of these rows. Results of the operations of {@link Ops}
   * and of arrays are freed after the update.
   *
   * @param tensor name, full shape and decay factor
   * @param value current value
   * @param gradient clipped gradient
   * @param states current states, in the order of their names
   * @param rate learning rate, with schedule and rate factor of the group
   * @return new value, then new states
   */
  protected abstract List<NDArray> update(
      TrainedTensor tensor, NDArray value, NDArray gradient, List<NDArray> states, double rate);

  @Override
  public final void update(StepGradients gradients, double schedule) {
    for (TrainedTensor tensor : tensors) {
      double rate = spec.rate() * schedule * tensor.rate();
      for (TrainedTensor.Piece piece : tensor.pieces()) {
        NDManager owner = piece.value().getManager();
        try (NDManager scope = owner.newSubManager(piece.value().getDevice())) {
          update(tensor, piece, gradients, rate, scope);
        }
      }
    }
  }

  private void update(
      TrainedTensor tensor,
      TrainedTensor.Piece piece,
      StepGradients gradients,
      double rate,
      NDManager scope) {
    List<NDArray> arrays =
        Stream.concat(
                Stream.of(piece.value(), gradients.of(piece)),
                names.stream().map(name -> state.of(piece, name)))
            .toList();
    long parts = tensor.isUpdatedByRow() ? piece.value().getShape().get(0) : 1;
    for (long row = 0; row < parts; row++) {
      List<NDArray> views = new ArrayList<>();
      for (NDArray array : arrays) {
        NDArray view =
            parts == 1
                ? array.reshape(array.getShape())
                : array.get(new NDIndex("{}:{}", row, row + 1));
        view.attach(scope); // so that results belong to the scope, too
        views.add(view);
      }
      NDArray gradient = views.remove(1);
      NDArray clipped =
          gradients.factor() == 1 ? gradient : Ops.scale(gradient, gradients.factor());
      List<NDArray> states = views.subList(1, views.size());
      List<NDArray> results = update(tensor, views.get(0), clipped, states, rate);
      requireLike(views, results, tensor);
      FusedUpdates.copyAll(views, results);
    }
  }

  private void requireLike(List<NDArray> views, List<NDArray> results, TrainedTensor tensor) {
    Preconditions.checkState(
        results.size() == views.size()
            && results.stream().allMatch(r -> r.getShape().equals(views.get(0).getShape())),
        "%s must return the new value of %s and %s new states, each of shape %s",
        getClass().getSimpleName(),
        tensor.name(),
        names.size(),
        views.get(0).getShape());
  }

  @Override
  public final List<SplitArray> state() {
    return state.arrays();
  }
}
