package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class EnsembleRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new EnsembleRouter.Spec(1, 2, 0.25, capacity);
  }

  /** The m-th copy of a sequence uses the m-th block, as if each member were a separate router. */
  @Test
  void membersUseTheirOwnExperts() {
    NDArray one = Logits.random(manager(), 6, 4, 5); // (2 sequences of 3, E)
    NDArray copies = one.reshape(2, 3, 4).repeat(0, 2).reshape(12, 4); // each sequence twice
    RouterContext context = RouterContext.of(false, Seed.of(0)).withSequences(4);
    RouterSpec spec = new EnsembleRouter.Spec(2, 1, 1, Capacity.dropless());
    Routing routing = routeLogits(spec, copies, context);
    for (int member = 0; member < 2; member++) {
      NDArray block = one.get(":, " + 2 * member + ":" + 2 * (member + 1)); // (6, 2)
      Routing alone =
          routeLogits(
              new VMoeRouter.Spec(1, 1, Capacity.dropless()), block, context.withSequences(2));
      for (int t = 0; t < 6; t++) {
        int copy = t / 3 * 6 + member * 3 + t % 3;
        assertEquals(
            alone.signals().choices().toLongArray()[t] + 2L * member,
            routing.signals().choices().toLongArray()[copy]);
        assertEquals(
            alone.signals().weights().toDoubleArray()[t],
            routing.signals().weights().toDoubleArray()[copy],
            1e-12);
      }
    }
    RouterContext three = context.withSequences(3);
    assertThrows(RoutingException.class, () -> routeLogits(spec, copies, three));
    assertThrows(IllegalArgumentException.class, () -> spec.build(4, 5, Seed.of(1)));
  }
}
