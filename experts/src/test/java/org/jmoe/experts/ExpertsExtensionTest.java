package org.jmoe.experts;

import org.jmoe.extension.Extensions;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.testing.ContractTests;
import org.jmoe.testing.ExpertsContract;
import org.junit.jupiter.api.Test;

final class ExpertsExtensionTest {
  /** Each registered kind of experts has a contract test of the same name. */
  @Test
  void everyKindHasATest() {
    Extensions listed = Extensions.none().with(new ExpertsExtension());
    ContractTests.assertPresent(listed.types(ExpertsSpec.class).values(), ExpertsContract.class);
  }
}
