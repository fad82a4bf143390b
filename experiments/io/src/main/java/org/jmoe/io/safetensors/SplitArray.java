package org.jmoe.io.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.List;
import java.util.Map;
import org.jmoe.tensor.NamedTensor;

/**
 * An array as files hold it, under one name and whole, whatever arrays hold its rows.
 *
 * @param name in files
 * @param shape of the whole
 * @param type of its numbers
 * @param pieces that together hold each row; where two hold the same one, they are equal
 */
public record SplitArray(String name, Shape shape, DataType type, List<Piece> pieces) {
  /**
   * An array of all or some rows.
   *
   * @param array (rows, ..)
   * @param rows of the whole that it holds, in its order; empty for all
   */
  public record Piece(NDArray array, ImmutableIntArray rows) {}

  /** Copies the list. */
  public SplitArray {
    pieces = ImmutableList.copyOf(pieces);
  }

  /** One array under its name. */
  private static SplitArray whole(String name, NDArray array) {
    Piece all = new Piece(array, ImmutableIntArray.of());
    return new SplitArray(name, array.getShape(), array.getDataType(), List.of(all));
  }

  /** Arrays by name, each of them whole. */
  public static List<SplitArray> all(Map<String, NDArray> arrays) {
    return arrays.entrySet().stream().map(a -> whole(a.getKey(), a.getValue())).toList();
  }

  /** The parameters of a model. */
  public static List<SplitArray> parameters(Block model) {
    return NamedTensor.of(model).stream().map(SplitArray::of).toList();
  }

  private static SplitArray of(NamedTensor tensor) {
    List<Piece> pieces =
        tensor.pieces().stream().map(p -> new Piece(p.parameter().getArray(), p.rows())).toList();
    DataType type = pieces.get(0).array().getDataType();
    return new SplitArray(tensor.name(), tensor.shape(), type, pieces);
  }
}
