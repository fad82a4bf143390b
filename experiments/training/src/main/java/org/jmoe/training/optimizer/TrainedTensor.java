package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.device.NamedDevice;
import org.jmoe.tensor.NamedTensor;

/**
 * A tensor of the model that is trained.
 *
 * @param tensor name, type and shape, whichever devices share it
 * @param rate learning-rate factor of its group
 * @param decay weight-decay factor of its group; 0 for biases and gains
 * @param pieces its rows on each device; a single piece for a tensor that is not sharded
 */
public record TrainedTensor(NamedTensor tensor, double rate, double decay, List<Piece> pieces) {
  /** Elements in a 64-byte vector register. */
  private static final int VECTOR = 16;

  /**
   * The rows of a tensor that one device owns.
   *
   * @param index position among the pieces of all trained tensors
   * @param value (rows, ..)
   * @param rows indices of the rows in the full tensor; empty for all
   */
  public record Piece(int index, NDArray value, ImmutableIntArray rows, NamedDevice device) {}

  /** Copies the list. */
  public TrainedTensor {
    pieces = ImmutableList.copyOf(pieces);
  }

  /**
   * Returns the trained tensors of a model in model order, and freezes the parameters of frozen
   * groups.
   *
   * @throws IllegalArgumentException if nothing is trained
   */
  static List<TrainedTensor> of(Block model, List<ParameterGroup> groups) {
    ImmutableList.Builder<TrainedTensor> trained = ImmutableList.builder();
    int index = 0;
    for (NamedTensor tensor : NamedTensor.of(model)) {
      ParameterGroup group = group(tensor.name(), groups);
      List<Piece> pieces = new ArrayList<>();
      for (NamedTensor.Piece piece : tensor.pieces()) {
        if (group.frozen()) {
          piece.parameter().freeze(true);
        }
        if (piece.parameter().requiresGradient()) {
          pieces.add(
              new Piece(index++, piece.parameter().getArray(), piece.rows(), piece.device()));
        }
      }
      if (!pieces.isEmpty()) {
        double decay = tensor.type() == Parameter.Type.WEIGHT ? group.decay() : 0;
        trained.add(new TrainedTensor(tensor, group.rate(), decay, pieces));
      }
    }
    Preconditions.checkArgument(
        index > 0, "all parameters are frozen, so nothing would be trained; unfreeze a group");
    return trained.build();
  }

  private static ParameterGroup group(String path, List<ParameterGroup> groups) {
    return groups.stream()
        .filter(g -> g.matches(path))
        .findFirst()
        .orElse(new ParameterGroup("", 1, 1, false));
  }

  /** Returns the path of the tensor. */
  public String name() {
    return tensor.name();
  }

  /** Returns the shape of the full tensor; its first axis are the experts if it is a stack. */
  public Shape shape() {
    return tensor.shape();
  }

  /** Returns whether each row is the matrix or bias of one expert. */
  public boolean isStack() {
    return tensor.isStack();
  }

  /**
   * Returns whether rows must be updated one by one for bits that do not depend on the sharding:
   * the rows of a stack do not fill a multiple of the vector registers, whose tail kernels compute
   * differently.
   */
  public boolean isUpdatedByRow() {
    return isStack() && shape().size() / shape().get(0) % VECTOR != 0;
  }
}
