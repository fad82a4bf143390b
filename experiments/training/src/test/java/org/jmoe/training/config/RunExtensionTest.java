package org.jmoe.training.config;

import org.jmoe.extension.Extensions;
import org.jmoe.testing.ContractTests;
import org.jmoe.training.optimizer.OptimizerContract;
import org.jmoe.training.optimizer.OptimizerSpec;
import org.junit.jupiter.api.Test;

final class RunExtensionTest {
  /** Each registered optimizer has a contract test of the same name. */
  @Test
  void everyOptimizerHasATest() {
    Extensions listed = Extensions.none().with(new RunExtension());
    ContractTests.assertPresent(
        listed.types(OptimizerSpec.class).values(), OptimizerContract.class);
  }
}
