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
 * An array stored in files under one name, whose rows may be split over several arrays in memory.
 *
 * @param name name in files
 * @param shape shape of the complete array
 * @param type data type
 * @param pieces arrays that together contain all rows; rows contained in several pieces are equal
 */
public record SplitArray(String name, Shape shape, DataType type, List<Piece> pieces) {
  /**
   * An array with all or some of the rows.
   *
   * @param array (rows, ..)
   * @param rows row indices in the complete array, in order; empty for all rows
   */
  public record Piece(NDArray array, ImmutableIntArray rows) {}

  /** Makes a defensive copy. */
  public SplitArray {
    pieces = ImmutableList.copyOf(pieces);
  }

  /** Returns an unsplit array. */
  private static SplitArray unsplit(String name, NDArray array) {
    Piece all = new Piece(array, ImmutableIntArray.of());
    return new SplitArray(name, array.getShape(), array.getDataType(), List.of(all));
  }

  /** Returns unsplit arrays by name. */
  public static List<SplitArray> all(Map<String, NDArray> arrays) {
    return arrays.entrySet().stream().map(a -> unsplit(a.getKey(), a.getValue())).toList();
  }

  /** Returns the parameters of a model. */
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
