package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

/** Short forms for tests of blocks. */
public final class Blocks {
  private Blocks() {}

  /** The one output of a block for one input, with the block's own parameters. */
  public static NDArray infer(Block block, NDArray x) {
    return forward(block, new ParameterStore(x.getManager(), false), x, false);
  }

  /** The one output of a block for one input. */
  public static NDArray forward(Block block, ParameterStore ps, NDArray x, boolean training) {
    return block.forward(ps, new NDList(x), training).singletonOrThrow();
  }

  /** The value of the one parameter whose name ends so. */
  public static NDArray parameter(Block block, String nameEnd) {
    return block.getParameters().values().stream()
        .filter(parameter -> parameter.getName().endsWith(nameEnd))
        .map(Parameter::getArray)
        .reduce(
            (a, b) -> {
              throw new IllegalArgumentException("two parameters end in " + nameEnd);
            })
        .orElseThrow();
  }

  /** How many numbers the parameters hold. */
  public static long count(Block block) {
    return block.getParameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
  }
}
