package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;

/**
 * Exponential moving average of the trained weights, {@code a = decay a + (1 - decay) w} after each
 * step, starting from the initial weights; as {@code get_ema_multi_avg_fn} of PyTorch's {@code
 * swa_utils}.
 */
final class WeightAverage {
  private static final String NAME = "ema";

  private final double decay;
  private final List<TrainedTensor> tensors;
  private final OptimizerState state;

  WeightAverage(double decay, List<TrainedTensor> tensors, NDManager manager) {
    this.decay = decay;
    this.tensors = tensors;
    state = new OptimizerState(tensors, manager).zeros(NAME);
    pieces().forEach(p -> FusedUpdates.copyAll(List.of(state.of(p, NAME)), List.of(p.value())));
  }

  private Stream<TrainedTensor.Piece> pieces() {
    return tensors.stream().flatMap(tensor -> tensor.pieces().stream());
  }

  /** Adds the current weights. */
  void update() {
    List<Boolean> byRow = new ArrayList<>();
    tensors.forEach(t -> t.pieces().forEach(piece -> byRow.add(t.isUpdatedByRow())));
    FusedUpdates.average(
        pieces().map(p -> state.of(p, NAME)).toList(),
        pieces().map(TrainedTensor.Piece::value).toList(),
        byRow,
        decay);
  }

  /** Returns the arrays of a model with those of trained tensors replaced by their averages. */
  List<SplitArray> of(List<SplitArray> model) {
    Map<String, SplitArray> averages = new HashMap<>();
    for (SplitArray array : state.arrays()) {
      String name = array.name().substring(0, array.name().length() - NAME.length() - 1);
      averages.put(name, new SplitArray(name, array.shape(), array.type(), array.pieces()));
    }
    return model.stream().map(array -> averages.getOrDefault(array.name(), array)).toList();
  }
}
