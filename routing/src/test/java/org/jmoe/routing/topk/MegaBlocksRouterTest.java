package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MegaBlocksRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new MegaBlocksRouter.Spec(2, 2, capacity);
  }

  /** A chosen probability of 0 in float32 has a zero gradient, as in {@code torch.norm}. */
  @ParameterizedTest
  @CsvSource({"2", "1", "0.5", "40"})
  void aNormHasAGradientAtZero(double p) {
    NDArray logits =
        Ops.cast(
            Logits.of(manager(), new double[] {120, 0, -5}, new double[] {1, 0.5, 0}),
            DataType.FLOAT32);
    logits.setRequiresGradient(true);
    float[] weights;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      MegaBlocksRouter.Spec spec = new MegaBlocksRouter.Spec(2, p, Capacity.dropless());
      ScoringRouter router = (ScoringRouter) spec.build(3, 3, Seed.of(1).child("moe/router"));
      router.initialize(manager(), DataType.FLOAT32, new Shape(1, 3));
      NDArray chosen = // (T, K)
          router
              .routeLogits(
                  new ParameterStore(manager(), false), logits, RouterContext.of(true, Seed.of(0)))
              .signals()
              .weights();
      weights = chosen.toFloatArray();
      collector.backward(chosen.sum());
    }
    assertArrayEquals(new float[] {1, 0}, new float[] {weights[0], weights[1]});
    double one = Math.pow(weights[2], p) + Math.pow(weights[3], p);
    assertEquals(1, one, 1e-5);
    assertEquals(Math.exp(-0.5), weights[3] / weights[2], 1e-6);
    for (float gradient : logits.getGradient().toFloatArray()) {
      assertTrue(Float.isFinite(gradient), "gradient " + gradient);
    }
  }
}
