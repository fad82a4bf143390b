package org.jmoe.routing.published;

import org.jmoe.extension.Extensions;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterSpec;
import org.jmoe.testing.ContractTests;
import org.jmoe.testing.LossContract;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

/** Each registered router and loss has a contract test of the same name. */
final class RoutingExtensionTest {
  private static final Extensions LISTED = Extensions.none().with(new RoutingExtension());

  @Test
  void everyRouterHasATest() {
    ContractTests.assertPresent(LISTED.types(RouterSpec.class).values(), RouterContract.class);
  }

  @Test
  void everyLossHasATest() {
    ContractTests.assertPresent(LISTED.types(AuxLoss.class).values(), LossContract.class);
  }
}
