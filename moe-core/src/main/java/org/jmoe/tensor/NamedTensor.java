package org.jmoe.tensor;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.List;

/**
 * A tensor of a model under the one name that files and settings know it by, wherever its rows are:
 * what is saved and how it is trained do not depend on how many devices share it.
 *
 * @param name path of the tensor
 * @param shape of the whole
 * @param pieces that together hold each of its rows, entries of the first axis, once
 */
public record NamedTensor(String name, Shape shape, List<Piece> pieces) {
  /**
   * A parameter that holds all or some of the rows.
   *
   * @param parameter (rows, ..)
   * @param rows of the whole that it holds, in its order; empty for all
   * @param device that owns it
   */
  public record Piece(Parameter parameter, ImmutableIntArray rows, NamedDevice device) {}

  /** A block whose parameters are pieces of tensors. */
  public interface Holder {
    /** The tensors, each whole. */
    List<NamedTensor> tensors();
  }

  /** Copies the list. */
  public NamedTensor {
    pieces = ImmutableList.copyOf(pieces);
  }

  /** The tensors of an initialised model, in the order of its parameters. */
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
      tensors.add(whole(parameter));
    }
    for (Pair<String, Block> child : block.getChildren()) {
      collect(child.getValue(), tensors);
    }
  }

  private static NamedTensor whole(Parameter parameter) {
    NamedDevice device = NamedDevice.of(parameter.getArray().getDevice());
    Piece all = new Piece(parameter, ImmutableIntArray.of(), device);
    return new NamedTensor(parameter.getName(), parameter.getShape(), List.of(all));
  }

  /** Which kind of parameter it is. */
  public Parameter.Type type() {
    return pieces.get(0).parameter().getType();
  }

  /**
   * Whether each row is a whole matrix or bias, an expert's: three axes, or two of a bias. Devices
   * share such tensors by rows, so that what is summed over one is summed row by row.
   */
  public boolean isStack() {
    int axes = shape.dimension();
    return axes >= 3 || (axes == 2 && type() == Parameter.Type.BIAS);
  }
}
