package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.io.safetensors.SplitArray;

/** State arrays of an optimizer, on the devices of their parameters, saved as {@code path.name}. */
public final class OptimizerState {
  /** One kind of state: its arrays by the index of the piece. */
  private record Kind(boolean count, Map<Integer, NDArray> arrays) {}

  private final List<TrainedTensor> tensors;
  private final NDManager manager;
  private final Map<String, Kind> kinds = new LinkedHashMap<>();

  /** Creates an empty state. */
  public OptimizerState(List<TrainedTensor> tensors, NDManager manager) {
    this.tensors = tensors;
    this.manager = manager;
  }

  /** Adds zeros of the shape and type of each parameter. */
  public OptimizerState zeros(String name) {
    return add(name, false);
  }

  /** Adds a 0-d float32 zero per parameter, such as a step count; equal for all its rows. */
  public OptimizerState count(String name) {
    return add(name, true);
  }

  private OptimizerState add(String name, boolean count) {
    Map<Integer, NDArray> arrays = new HashMap<>();
    for (TrainedTensor tensor : tensors) {
      for (TrainedTensor.Piece piece : tensor.pieces()) {
        NDArray value = piece.value();
        Shape shape = count ? new Shape() : value.getShape();
        DataType type = count ? DataType.FLOAT32 : value.getDataType();
        arrays.put(piece.index(), manager.zeros(shape, type, value.getDevice()));
      }
    }
    kinds.put(name, new Kind(count, arrays));
    return this;
  }

  /** Returns the state of a piece. */
  public NDArray of(TrainedTensor.Piece piece, String name) {
    return array(piece, Objects.requireNonNull(kinds.get(name), name));
  }

  private static NDArray array(TrainedTensor.Piece piece, Kind kind) {
    return Objects.requireNonNull(kind.arrays().get(piece.index()));
  }

  /** Returns all arrays for {@link Optimizer#state}, tensor by tensor. */
  public List<SplitArray> arrays() {
    List<SplitArray> all = new ArrayList<>();
    for (TrainedTensor tensor : tensors) {
      kinds.forEach((name, kind) -> all.add(array(tensor, name, kind)));
    }
    return all;
  }

  private static SplitArray array(TrainedTensor tensor, String name, Kind kind) {
    boolean count = kind.count();
    List<SplitArray.Piece> pieces =
        tensor.pieces().stream()
            .map(
                p ->
                    new SplitArray.Piece(array(p, kind), count ? ImmutableIntArray.of() : p.rows()))
            .toList();
    return new SplitArray(
        tensor.name() + "." + name,
        count ? new Shape() : tensor.shape(),
        pieces.get(0).array().getDataType(),
        pieces);
  }
}
