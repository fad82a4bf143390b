package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class GptOssRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new GptOssRouter.Spec(2, capacity);
  }

  /** Softmax then renormalized top-k equals top-k then softmax. */
  @Test
  void orderOfSoftmaxAndTopKDoesNotMatterWhenNormalised() {
    NDArray logits = Logits.random(manager(), 40, 8, 2);
    RouterContext context = RouterContext.of(false, Seed.of(0));
    double[] one =
        routeLogits(TopKRouter.Spec.of(3), logits, context).signals().weights().toDoubleArray();
    GptOssRouter.Spec spec = new GptOssRouter.Spec(3, Capacity.dropless());
    double[] two = routeLogits(spec, logits, context).signals().weights().toDoubleArray();
    assertArrayEquals(one, two, 1e-12);
  }
}
