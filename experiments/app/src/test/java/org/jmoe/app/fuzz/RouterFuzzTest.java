package org.jmoe.app.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;

/** Compares routers with plain loops on random shapes and values, including extreme ones. */
final class RouterFuzzTest {
  private static final int DIM = 4;

  @FuzzTest
  void topK(byte[] data) {
    ByteBuffer bytes = ByteBuffer.wrap(data);
    if (bytes.remaining() < 3) {
      return;
    }
    int tokens = 1 + (bytes.get() & 7);
    int experts = 1 + (bytes.get() & 15);
    int k = 1 + (bytes.get() & 0xff) % experts;
    float[] logits = new float[tokens * experts];
    for (int i = 0; i < logits.length; i++) {
      // Small values make ties; every fifth is an arbitrary float.
      logits[i] =
          i % 5 == 4 && bytes.remaining() >= 4
              ? bytes.getFloat()
              : bytes.hasRemaining() ? bytes.get() / 16f : 0;
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      ScoringRouter router =
          (ScoringRouter) TopKRouter.Spec.of(k).build(DIM, experts, Seed.of(1).child("router"));
      router.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
      NDArray array = manager.create(logits, new Shape(tokens, experts)); // (T, E)
      NoGrad.get(
          () -> {
            compare(logits, tokens, experts, k, route(router, manager, array));
            return 0;
          });
    } catch (RoutingException e) {
      boolean nonFinite = false;
      for (int t = 0; t < tokens; t++) {
        nonFinite |= !Double.isFinite(logSumExp(row(logits, t, experts)));
      }
      assertEquals(true, nonFinite, e.getMessage());
    }
  }

  private static Routing route(ScoringRouter router, NDManager manager, NDArray logits) {
    return router.routeLogits(
        new ParameterStore(manager, false), logits, RouterContext.of(false, Seed.of(1)));
  }

  private static double[] row(float[] logits, int token, int experts) {
    return IntStream.range(0, experts).mapToDouble(e -> logits[token * experts + e]).toArray();
  }

  private static double logSumExp(double[] row) {
    double max = Arrays.stream(row).max().orElseThrow();
    return max + Math.log(Arrays.stream(row).map(x -> Math.exp(x - max)).sum());
  }

  private static void compare(float[] logits, int tokens, int experts, int k, Routing routing) {
    long[] choices = routing.signals().choices().toLongArray(); // (T, K)
    float[] probs = routing.signals().probs().toFloatArray(); // (T, E)
    for (int t = 0; t < tokens; t++) {
      double[] row = row(logits, t, experts);
      double sum = logSumExp(row);
      double[] expected = Arrays.stream(row).map(x -> Math.exp(x - sum)).toArray();
      double[] actual = new double[experts];
      for (int e = 0; e < experts; e++) {
        actual[e] = probs[t * experts + e];
      }
      assertArrayEquals(expected, actual, 1e-5);
      // Ordered by the actual probabilities: ties in float32 go to the lowest expert.
      long[] order =
          IntStream.range(0, experts)
              .boxed()
              .sorted(
                  Comparator.comparingDouble((Integer e) -> -actual[e]).thenComparingInt(e -> e))
              .limit(k)
              .mapToLong(Integer::longValue)
              .toArray();
      assertArrayEquals(order, Arrays.copyOfRange(choices, t * k, t * k + k));
    }
  }
}
