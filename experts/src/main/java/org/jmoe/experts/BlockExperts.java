package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.List;
import org.jmoe.block.SeededInitializer;
import org.jmoe.device.NamedDevice;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Seed;

/**
 * Experts that are arbitrary DJL blocks mapping (n, D) to (n, D), where n may be 0. Tensors are
 * named by expert and position in the block, because DJL's names are not unique. Weights with DJL's
 * default initializer, which uses the engine's global generator, are drawn from named seeds
 * instead, from a normal distribution with standard deviation {@code 1 / sqrt(inputs)}. Blocks
 * always compute in float32.
 */
public final class BlockExperts extends Experts implements NamedTensor.Holder {
  /** Creates the block of one expert. */
  @FunctionalInterface
  public interface Factory {
    /**
     * Creates an uninitialised block from (n, D) to (n, D).
     *
     * @param dim width D
     */
    Block build(int dim);
  }

  /**
   * Settings.
   *
   * @param factory creates the block of each expert
   */
  public record Spec(Factory factory) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return experts == 1
          ? new BlockExperts(factory.build(dim), dim, seed)
          : new HeterogeneousExperts.Spec(List.of(new HeterogeneousExperts.Part(experts, this)))
              .build(dim, experts, seed);
    }

    /** Initializes a temporary block, because DJL blocks have no parameter shapes before that. */
    @Override
    public long parametersPerExpert(int dim) {
      try (NDManager scope = NDManager.newBaseManager()) {
        Block block = factory.build(dim);
        block.initialize(scope, DataType.FLOAT32, new Shape(1, dim));
        return block.getParameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
      }
    }
  }

  /** Initializes a block for rows of a fixed width, independent of the model's input shape. */
  private static final class Sized extends AbstractBlock {
    private final Block block;
    private final int dim;

    Sized(Block block, int dim) {
      this.block = addChildBlock("block", block);
      this.dim = dim;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
      block.initialize(manager, type, new Shape(1, dim));
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
      return block.forward(ps, inputs, training);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] shapes) {
      return shapes;
    }
  }

  private final Sized sized;

  private BlockExperts(Block block, int dim, Seed seed) {
    super(seed);
    sized = addChildBlock("block", new Sized(block, dim));
    for (Pair<String, Parameter> each : block.getParameters()) {
      if (each.getValue().getInitializer() instanceof XavierInitializer) {
        each.getValue().setInitializer(seeded(seed.child(each.getKey())));
      }
    }
  }

  private static Initializer seeded(Seed seed) {
    return (manager, shape, type) -> // (outputs, inputs, ..)
    new SeededInitializer(seed, Math.sqrt((double) shape.get(0) / shape.size()))
            .initialize(manager, shape, type);
  }

  @Override
  public List<NamedTensor> tensors() {
    ImmutableList.Builder<NamedTensor> tensors = ImmutableList.builder();
    for (Pair<String, Parameter> each : sized.block.getParameters()) {
      Parameter parameter = each.getValue();
      NamedDevice device = NamedDevice.of(parameter.getArray().getDevice());
      tensors.add(
          new NamedTensor(
              seed().child(each.getKey()).path(),
              parameter.getShape(),
              List.of(new NamedTensor.Piece(parameter, ImmutableIntArray.of(), device))));
    }
    return tensors.build();
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    NDArray x = rows.reshape(-1, rows.getShape().tail()); // (n, D)
    NDArray y = sized.forward(ps, new NDList(x), training).singletonOrThrow();
    Preconditions.checkArgument(
        y.getShape().equals(x.getShape()),
        "the block of %s returned shape %s for input %s; an expert must preserve the shape",
        path(),
        y.getShape(),
        x.getShape());
    return y.reshape(rows.getShape());
  }
}
