package org.jmoe.routing.controls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Recordings are of one batch, so the router contract, which uses other batches, does not apply.
 */
final class ReplayRouterTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Routing route(RouterSpec spec, NDArray logits, RouterContext context) {
    int experts = (int) logits.getShape().get(1);
    ScoringRouter router =
        (ScoringRouter) spec.build(experts, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager, logits.getDataType(), new Shape(1, experts));
    return router.routeLogits(new ParameterStore(manager, false), logits, context);
  }

  /** Megatron's replay: recorded experts, current weights. */
  @Test
  void replay() {
    NDArray logits = Logits.random(manager, 3, 5, 1);
    ImmutableLongArray record = ImmutableLongArray.of(1, 2, 0, 3, 2, 4);
    RouterContext context = RouterContext.of(true, Seed.of(0));
    NDArray choices = manager.create(record.toArray()).reshape(3, 2);
    NDArray pre = Ops.softmax(logits).gather(choices, 1);
    NDArray post = Ops.softmax(logits.gather(choices, 1));
    assertArrayEquals(
        pre.toDoubleArray(),
        route(new ReplayRouter.Spec(record, 2, true), logits, context)
            .signals()
            .weights()
            .toDoubleArray());
    assertArrayEquals(
        post.toDoubleArray(),
        route(new ReplayRouter.Spec(record, 2, false), logits, context)
            .signals()
            .weights()
            .toDoubleArray());
    RouterSpec other = new ReplayRouter.Spec(record, 2, true);
    NDArray more = Logits.random(manager, 4, 5, 1);
    assertThrows(RoutingException.class, () -> route(other, more, context));
  }

  /** Megatron-LM's replay: replaying a router's own choices gives the same routing. */
  @Test
  void replayingOwnChoicesGivesTheSameRouting() {
    NDArray logits = Logits.random(manager, 12, 6, 5).toType(DataType.FLOAT32, false);
    Routing own =
        route(
            new TopKRouter.Spec(3, false, Capacity.dropless()),
            logits,
            RouterContext.of(true, Seed.of(0)));
    ImmutableLongArray record = ImmutableLongArray.copyOf(own.signals().choices().toLongArray());
    Routing again =
        route(new ReplayRouter.Spec(record, 3, true), logits, RouterContext.of(true, Seed.of(0)));
    assertArrayEquals(
        own.signals().weights().toFloatArray(), again.signals().weights().toFloatArray());
    assertArrayEquals(
        own.signals().choices().toLongArray(), again.signals().choices().toLongArray());
  }
}
