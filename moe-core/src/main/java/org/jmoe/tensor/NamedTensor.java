package org.jmoe.tensor;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.List;
import org.jmoe.device.NamedDevice;

/**
 * A tensor of a model under the name used in files and settings, independent of how many devices
 * share it.
 *
 * @param name path of the tensor
 * @param shape of the full tensor
 * @param pieces parameters that together contain each row (entry of the first axis) once
 */
public record NamedTensor(String name, Shape shape, List<Piece> pieces) {
  /**
   * A parameter with all or some of the rows.
   *
   * @param parameter (rows, ..)
   * @param rows indices of its rows in the full tensor; empty for all
   * @param device that owns it
   */
  public record Piece(Parameter parameter, ImmutableIntArray rows, NamedDevice device) {}

  /** A block that stores pieces of named tensors. */
  public interface Holder {
    /** Returns the full tensors. */
    List<NamedTensor> tensors();
  }

  /** Copies the list. */
  public NamedTensor {
    pieces = ImmutableList.copyOf(pieces);
  }

  /** Returns the tensors of an initialised model, in the order of its parameters. */
  public static List<NamedTensor> of(Block model) {
    ImmutableList.Builder<NamedTensor> tensors = ImmutableList.builder();
    collect(model, tensors);
    return tensors.build();
  }

  private static void collect(Block block, ImmutableList.Builder<NamedTensor> tensors) {
    if (block instanceof Holder holder) {
      tensors.addAll(holder.tensors());
      return;
    }
    for (Parameter parameter : block.getDirectParameters().values()) {
      tensors.add(unsharded(parameter));
    }
    for (Pair<String, Block> child : block.getChildren()) {
      collect(child.getValue(), tensors);
    }
  }

  private static NamedTensor unsharded(Parameter parameter) {
    NamedDevice device = NamedDevice.of(parameter.getArray().getDevice());
    Piece all = new Piece(parameter, ImmutableIntArray.of(), device);
    return new NamedTensor(parameter.getName(), parameter.getShape(), List.of(all));
  }

  /** Returns the parameter type. */
  public Parameter.Type type() {
    return pieces.get(0).parameter().getType();
  }

  /**
   * Returns whether each row is the matrix or bias of one expert: three axes, or two for a bias.
   * Such tensors are sharded by row, so reductions over them are computed row by row.
   */
  public boolean isStack() {
    int axes = shape.dimension();
    return axes >= 3 || (axes == 2 && type() == Parameter.Type.BIAS);
  }
}
