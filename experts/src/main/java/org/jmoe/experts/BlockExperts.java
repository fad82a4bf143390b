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
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Seed;

/**
 * Experts that are any DJL block, row by row: (n, D) to (n, D), where n may be 0. Their tensors are
 * named by the expert and by the place in the block, since DJL's own names repeat; and weights that
 * DJL would draw by its default, from the engine's one generator, are drawn from named seeds,
 * normal of deviation {@code 1 / sqrt(inputs)}. A precision below float32 does not reach them.
 */
public final class BlockExperts extends Experts implements NamedTensor.Holder {
  /** Makes the block of one expert, a new one at each call. */
  @FunctionalInterface
  public interface Factory {
    /**
     * A block from (n, D) to (n, D), not initialised.
     *
     * @param dim width D
     */
    Block build(int dim);
  }

  /**
   * Settings.
   *
   * @param factory of each expert's block
   */
  public record Spec(Factory factory) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return experts == 1
          ? new BlockExperts(factory.build(dim), dim, seed)
          : new HeterogeneousExperts.Spec(List.of(new HeterogeneousExperts.Part(experts, this)))
              .build(dim, experts, seed);
    }

    /** As a block tells only when it is initialised, one is. */
    @Override
    public long parametersPerExpert(int dim) {
      try (NDManager scope = NDManager.newBaseManager()) {
        Block block = factory.build(dim);
        block.initialize(scope, DataType.FLOAT32, new Shape(1, dim));
        return block.getParameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
      }
    }
  }

  /** Initialises a block for rows of the width, whatever the model is initialised for. */
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
        each.getValue().setInitializer(named(seed.child(each.getKey())));
      }
    }
  }

  private static Initializer named(Seed seed) {
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
        "the block of %s gave %s for rows %s; an expert's output must be as wide as its input",
        path(),
        y.getShape(),
        x.getShape());
    return y.reshape(rows.getShape());
  }
}
