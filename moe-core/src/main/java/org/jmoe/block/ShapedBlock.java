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
 * A DJL block that knows the shapes of its parameters when constructed, so initialization needs no
 * input. By default, the output has the shape of the input.
 */
public abstract class ShapedBlock extends AbstractBlock {
  private final Seed seed;

  /**
   * Creates a block without parameters.
   *
   * @param seed whose path is the name of the block and the prefix of its parameter names
   */
  protected ShapedBlock(Seed seed) {
    this.seed = seed;
  }

  /** Returns the path of this block in the model, such as {@code layers/3/moe}. */
  public final String path() {
    return seed.path();
  }

  /** Returns the seed of this block. */
  protected final Seed seed() {
    return seed;
  }

  /** Adds a weight drawn from a normal distribution with its own seed. */
  protected final Parameter weight(String name, Shape shape, double std) {
    return parameter(
        name, Parameter.Type.WEIGHT, shape, new SeededInitializer(seed.child(name), std));
  }

  /** Adds a parameter initialised to zeros, such as a bias. */
  protected final Parameter zeros(String name, Shape shape) {
    return parameter(name, Parameter.Type.BIAS, shape, Initializer.ZEROS);
  }

  /** Adds a parameter initialised to ones, such as the gain of a normalization layer. */
  protected final Parameter ones(String name, Shape shape) {
    return parameter(name, Parameter.Type.GAMMA, shape, Initializer.ONES);
  }

  /** Adds a buffer, initialised to zeros: saved with the model, but not updated by gradients. */
  protected final Parameter state(String name, Shape shape) {
    return addParameter(
        builder(name, Parameter.Type.OTHER, shape, Initializer.ZEROS)
            .optRequiresGrad(false)
            .build());
  }

  /** Adds a buffer of a given type, such as the codes of quantized weights. */
  protected final Parameter state(String name, Shape shape, DataType type) {
    return addParameter(
        builder(name, Parameter.Type.OTHER, shape, (manager, s, t) -> manager.zeros(s, type))
            .optRequiresGrad(false)
            .build());
  }

  /** Adds a parameter. */
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

  /** Returns the value of a parameter on the device of an activation. */
  protected static NDArray value(
      ParameterStore ps, Parameter parameter, NDArray activation, boolean training) {
    return ps.getValue(parameter, activation.getDevice(), training);
  }

  /**
   * Returns the value of a parameter cast to the type of an activation and attached to its manager,
   * for blocks that compute in float32 within a half-precision model. Derived arrays are freed with
   * the batch.
   */
  protected static NDArray castValue(
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
