package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.junit.jupiter.api.Test;

/** Causality of routers by their settings. */
final class CausalityTest {
  @Test
  void causalityOfOrders() {
    assertTrue(TopKRouter.Spec.of(2).causal());
    assertFalse(new TopKRouter.Spec(2, true, Capacity.factor(1)).causal());
    Capacity inTurn = Capacity.factor(1).withOrder(DropOrder.TOKEN_MAJOR);
    assertTrue(new TopKRouter.Spec(2, true, inTurn).causal());
    assertTrue(SwitchRouter.Spec.of(1.25).causal());
    assertFalse(ExpertChoiceRouter.Spec.of(2).causal());
    assertFalse(new SoftMoeRouter.Spec(1).causal());
  }
}
