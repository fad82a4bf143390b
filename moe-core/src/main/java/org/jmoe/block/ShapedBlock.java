package org.jmoe.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.jmoe.tensor.Dtypes;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * A DJL block that knows the shapes of its parameters when it is built, so that no input is needed
 * to initialise it. Its output has the shape of its input unless it says otherwise.
 */
public abstract class ShapedBlock extends AbstractBlock {
  private final Seed seed;

  /**
   * Creates a block without parameters yet.
   *
   * @param seed names the block: its path is the block's name and the prefix of its parameters'
   */
  protected ShapedBlock(Seed seed) {
    this.seed = seed;
  }

  /** The block's place in the model, such as {@code layers/3/moe}. */
  public final String path() {
    return seed.path();
  }

  /** The initial randomness of this block's parameters. */
  protected final Seed seed() {
    return seed;
  }

  /** Adds a weight of normal numbers, drawn from a seed of its own. */
  protected final Parameter weight(String name, Shape shape, double deviation) {
    return parameter(
        name, Parameter.Type.WEIGHT, shape, new SeededInitializer(seed.child(name), deviation));
  }

  /** Adds a parameter of zeros that starts without effect, such as a bias. */
  protected final Parameter zeros(String name, Shape shape) {
    return parameter(name, Parameter.Type.BIAS, shape, Initializer.ZEROS);
  }

  /** Adds a parameter of ones, such as the gain of a normalisation. */
  protected final Parameter ones(String name, Shape shape) {
    return parameter(name, Parameter.Type.GAMMA, shape, Initializer.ONES);
  }

  /**
   * Adds numbers, at first zeros, that are saved with the model and that no gradient reaches: what
   * a block learns in another way.
   */
  protected final Parameter state(String name, Shape shape) {
    return addParameter(
        builder(name, Parameter.Type.OTHER, shape, Initializer.ZEROS)
            .optRequiresGrad(false)
            .build());
  }

  /** The same of a type of its own, such as the codes of quantised weights. */
  protected final Parameter state(String name, Shape shape, DataType type) {
    return addParameter(
        builder(name, Parameter.Type.OTHER, shape, (manager, s, t) -> manager.zeros(s, type))
            .optRequiresGrad(false)
            .build());
  }

  /** Adds a parameter of any kind. */
  protected final Parameter parameter(
      String name, Parameter.Type type, Shape shape, Initializer initializer) {
    return addParameter(builder(name, type, shape, initializer).build());
  }

  private Parameter.Builder builder(
      String name, Parameter.Type type, Shape shape, Initializer initializer) {
    return Parameter.builder()
        .setName(seed.child(name).path())
        .setType(type)
        .optShape(shape)
        .optInitializer(initializer);
  }

  /** The value of a parameter on the device of an activation. */
  protected static NDArray value(
      ParameterStore ps, Parameter parameter, NDArray activation, boolean training) {
    return ps.getValue(parameter, activation.getDevice(), training);
  }

  /**
   * The value of a parameter in the type of an activation and with its manager: what computes in
   * float32 inside a half-precision model reads its weights so, and what is computed of it ends
   * with the batch.
   */
  protected static NDArray own(
      ParameterStore ps, Parameter parameter, NDArray activation, boolean training) {
    return RoutingOps.castLike(activation, value(ps, parameter, activation, training));
  }

  @Override
  public final void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
    super.initialize(
        manager, Dtypes.requireSupported(dataType, "parameters of " + path()), inputShapes);
  }

  @Override
  protected final void initializeChildBlocks(
      NDManager manager, DataType dataType, Shape... inputShapes) {
    for (Block child : children.values()) {
      child.initialize(manager, dataType, inputShapes);
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return inputShapes;
  }
}
