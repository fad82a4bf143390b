package org.jmoe.experts;

import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.testing.ExpertsContract;

final class BlockExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return new BlockExperts.Spec(
        dim -> new SequentialBlock().add(Linear.builder().setUnits(dim).build()));
  }
}
