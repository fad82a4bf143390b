package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

/** Helpers for tests of blocks. */
public final class Blocks {
  private Blocks() {}

  /** Returns the single output of a block in evaluation. */
  public static NDArray infer(Block block, NDArray x) {
    return forward(block, new ParameterStore(x.getManager(), false), x, false);
  }

  /** Returns the single output of a block. */
  public static NDArray forward(Block block, ParameterStore ps, NDArray x, boolean training) {
    return block.forward(ps, new NDList(x), training).singletonOrThrow();
  }

  /** Returns the value of the only parameter with a name ending in {@code nameEnd}. */
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

  /** Returns the number of parameter elements. */
  public static long count(Block block) {
    return block.getParameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
  }
}
