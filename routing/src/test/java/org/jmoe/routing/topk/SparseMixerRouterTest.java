package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterContext.GivenDraws;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class SparseMixerRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new SparseMixerRouter.Spec(0.01, capacity);
  }

  /** A third forward, full backward: gradients of Transformers' {@code sparsemixer}. */
  @Test
  void theGradientIsThatOfTheFullWeight() {
    NDArray logits = Logits.of(manager(), new double[] {-0.5, 1, 0, 1.5});
    NDArray noise = Logits.of(manager(), new double[] {0.5, 0.1, -0.1, -0.6});
    NDArray uniform = manager().create(new double[] {0.7});
    RouterContext context =
        RouterContext.of(true, Seed.of(0)).withGiven(new GivenDraws(noise, 0, uniform, false));
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      RouterSpec spec = new SparseMixerRouter.Spec(0.3, Capacity.dropless());
      NDArray weights = routeLogits(spec, logits, context).signals().weights(); // (1, 2)
      collector.backward(weights.mul(manager().create(new double[] {1, 2})).sum());
    }
    assertArrayEquals(
        new double[] {0, 0.2350037122015945, 0, -0.23500371220159452},
        logits.getGradient().toDoubleArray(),
        1e-12);
  }

  /** If only one expert is possible, there is no second one and no NaN in the gradient. */
  @Test
  void sparseMixerOfOneFiniteLogit() {
    double none = Double.NEGATIVE_INFINITY;
    NDArray logits = Logits.of(manager(), new double[] {none, 2, none});
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Routing routing =
          routeLogits(SparseMixerRouter.Spec.of(), logits, RouterContext.of(true, Seed.of(0)));
      assertArrayEquals(new long[] {1, -1}, routing.signals().choices().toLongArray());
      assertArrayEquals(new double[] {1, 0}, routing.signals().weights().toDoubleArray());
      collector.backward(routing.signals().weights().sum());
    }
    assertArrayEquals(new double[] {0, 0, 0}, logits.getGradient().toDoubleArray());
  }
}
