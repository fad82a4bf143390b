package org.jmoe.routing.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Numbers and properties that the systems' own tests assert of their losses. */
final class BalanceCasesTest {
  private static final List<AuxLoss> PADDING_FREE =
      List.of(
          new MegatronBalance(false),
          new MegatronBalance(true),
          new MegatronGlobalBalance(),
          new DeepSeekBalance(),
          new PooledBalance(),
          new SwitchBalance(),
          new GShardBalance(),
          new RouterZ());

  private final NDManager manager = NDManager.newBaseManager();
  private final RouterContext context = RouterContext.of(true, Seed.of(0));

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray canonical() {
    return Logits.of(
        manager,
        new double[] {2, 1, 0, -1},
        new double[] {1.5, 2.5, -0.5, 0.5},
        new double[] {3, 0.5, 1, 0},
        new double[] {0.2, 0.1, 0.4, 0.3},
        new double[] {2.2, -1, 1.9, 0},
        new double[] {-0.5, 1, 0, 1.5});
  }

  private RoutingSignals signals(NDArray logits, int k, RouterContext in) {
    return Routing.topK(logits, Ops.softmax(logits), k, Capacity.dropless(), in).signals();
  }

  private static double value(AuxLoss loss, RoutingSignals... layers) {
    return Ops.cast(loss.ofLayers(List.of(layers)), DataType.FLOAT64).getDouble();
  }

  /** Hugging Face's Switch, {@code test_equivalency_balancy_loss}: rows that do not sum to 1. */
  @Test
  void switchOfGivenProbabilities() {
    NDArray probs =
        Logits.of(
            manager,
            new double[] {.35490513, .60419905},
            new double[] {.4275843, .23061597},
            new double[] {.32985854, .43953657},
            new double[] {.25099766, .27730572},
            new double[] {.7678207, .71474564});
    NDArray choices = manager.create(new long[] {0, 1, 1, 0, 0}).reshape(5, 1);
    RoutingSignals signals =
        Routing.of(probs, probs, choices, probs.gather(choices, 1), Capacity.dropless(), context)
            .signals();
    assertEquals(0.8741045, value(new SwitchBalance(), signals), 5e-6);
  }

  /** Trap 3: pooling hides that each layer is unbalanced by itself. */
  @Test
  void pooledLayersAreNotTheMeanOfLayers() {
    RoutingSignals one = signals(canonical(), 2, context);
    RoutingSignals two = signals(canonical().flip(1), 2, context);
    assertEquals(2.000000, value(new PooledBalance(), one, two), 1e-6);
    double mean = (value(new PooledBalance(), one) + value(new PooledBalance(), two)) / 2;
    assertEquals(2.168493, mean, 1e-6);
  }

  @Test
  void perfectBalanceIsExactlyOne() {
    NDArray probs = manager.full(new Shape(8, 4), 0.25f);
    NDArray choices =
        manager.create(new long[] {0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 0, 1, 2, 3, 0}).reshape(8, 2);
    RoutingSignals signals =
        Routing.of(probs, probs, choices, probs.gather(choices, 1), Capacity.dropless(), context)
            .signals();
    assertEquals(2.0, value(new SwitchBalance(), signals));
    assertEquals(2.0, value(new PooledBalance(), signals));
    assertEquals(1.0, value(new MegaBlocksBalance(), signals));
    assertEquals(1.0, value(new GShardBalance(), signals));
    assertEquals(0.0, value(new Importance(), signals));
    assertEquals(1.0, new SwitchBalance().relative(2, signals));
  }

  /** Megatron's {@code test_padding_mask_removes_padding_tokens}: value and gradient, every bit. */
  @Test
  void maskedTokensAreAsIfRemoved() {
    NDArray all = Logits.random(manager, 24, 8, 1).toType(DataType.FLOAT32, false);
    boolean[] out = new boolean[24];
    java.util.Arrays.fill(out, 16, 24, true);
    NDArray mask = manager.create(out);
    for (AuxLoss loss : PADDING_FREE) {
      NDArray padded = all.duplicate();
      NDArray alone = all.get("0:16").duplicate();
      double[] one = gradient(loss, padded, context.withPadding(mask), 2);
      double[] two = gradient(loss, alone, context, 2);
      for (int i = 0; i < two.length; i++) {
        assertEquals(two[i], one[i], loss + " at " + i);
      }
      for (int i = two.length; i < one.length - 1; i++) {
        assertEquals(0, one[i + 1], loss + " at padding " + i);
      }
    }
  }

  /** The value, then the gradient of the logits. */
  private double[] gradient(AuxLoss loss, NDArray logits, RouterContext in, int k) {
    logits.setRequiresGradient(true);
    double value;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray result = loss.of(signals(logits, k, in));
      collector.backward(result);
      value = Ops.cast(result, DataType.FLOAT64).getDouble();
    }
    double[] gradient = Ops.cast(logits.getGradient(), DataType.FLOAT64).toDoubleArray();
    double[] all = new double[gradient.length + 1];
    all[0] = value;
    System.arraycopy(gradient, 0, all, 1, gradient.length);
    return all;
  }

  /** Megatron's {@code test_seq_aux_loss}: one sequence is a batch, and batches are means. */
  @Test
  void sequencesAreBalancedByThemselves() {
    NDArray all = Logits.random(manager, 32, 8, 2).toType(DataType.FLOAT32, false);
    double sum = 0;
    for (int b = 0; b < 4; b++) {
      NDArray one = all.get(b * 8 + ":" + (b + 1) * 8).duplicate();
      double[] seq = gradient(new MegatronBalance(true), one, context, 2);
      double[] aux = gradient(new MegatronBalance(false), one.duplicate(), context, 2);
      assertArrayEquals(aux, seq);
      sum += seq[0];
    }
    RoutingSignals batch = signals(all, 2, context.withSequences(4));
    assertEquals((float) (sum / 4), (float) value(new MegatronBalance(true), batch));
  }

  /** Megatron's {@code global_aux_loss} in the third micro-batch of a step. */
  @Test
  void countsOfEarlierMicroBatches() {
    RoutingSignals signals = signals(canonical(), 2, context);
    ImmutableLongArray earlier = ImmutableLongArray.of(3, 9, 1, 11);
    NDArray loss =
        new MegatronGlobalBalance()
            .ofStep(
                Map.of("layer", signals),
                (name, own) -> {
                  assertEquals("layer", name);
                  assertEquals(ImmutableLongArray.of(4, 3, 3, 2), own);
                  return new StepCounts.Earlier(earlier, 2);
                });
    double[] mass = signals.probs().sum(new int[] {0}).toDoubleArray();
    double[] counts = {(4 + 3) / 3.0, (3 + 9) / 3.0, (3 + 1) / 3.0, (2 + 11) / 3.0};
    double tokens = java.util.Arrays.stream(counts).sum() / 2;
    double sum = 0;
    for (int e = 0; e < 4; e++) {
      sum += mass[e] * counts[e];
    }
    assertEquals(4 / (2 * tokens * tokens) * sum, loss.getDouble(), 1e-12);
  }

  /** DeepSeek divides by each sequence's own length, Megatron by the mean length. */
  @Test
  void sequencesOfUnequalLength() {
    NDArray all = Logits.random(manager, 16, 4, 6);
    boolean[] out = new boolean[16];
    java.util.Arrays.fill(out, 11, 16, true); // lengths 8 and 3
    RouterContext padded = context.withSequences(2).withPadding(manager.create(out));
    double first = value(new DeepSeekBalance(), signals(all.get("0:8"), 2, context));
    double second = value(new DeepSeekBalance(), signals(all.get("8:11"), 2, context));
    double both = value(new DeepSeekBalance(), signals(all, 2, padded));
    assertEquals((first + second) / 2, both, 1e-12);

    MegatronBalance megatron = new MegatronBalance(true);
    double mean = 11 / 2.0;
    double one = value(megatron, signals(all.get("0:8"), 2, context)) * 64 / (mean * mean);
    double two = value(megatron, signals(all.get("8:11"), 2, context)) * 9 / (mean * mean);
    assertEquals((one + two) / 2, value(megatron, signals(all, 2, padded)), 1e-12);
  }

  /** The gradient is that of the probabilities alone: counts are constants. */
  @Test
  void gradientsFlowThroughProbabilities() {
    for (AuxLoss loss : PADDING_FREE) {
      NDArray logits = Logits.random(manager, 10, 4, 3);
      double[] found = gradient(loss, logits.duplicate(), context, 2);
      double[] values = logits.toDoubleArray();
      for (int i = 0; i < values.length; i += 7) {
        double numeric = (moved(loss, values, i, 1e-5) - moved(loss, values, i, -1e-5)) / 2e-5;
        assertEquals(numeric, found[i + 1], 1e-6, loss + " at " + i);
      }
    }
  }

  private double moved(AuxLoss loss, double[] values, int at, double step) {
    double[] copy = values.clone();
    copy[at] += step;
    return value(loss, signals(manager.create(copy, new Shape(10, 4)), 2, context));
  }

  @Test
  void importanceDoesNotSeeNoise() {
    NDArray logits = canonical();
    RoutingSignals clean = signals(logits, 2, context);
    RoutingSignals noisy = clean.withNoise(logits.add(logits), logits.onesLike());
    Importance importance = new Importance(VariationForm.VMOE, false);
    assertEquals(value(importance, clean), value(importance, noisy));
  }

  /** One set of numbers, three forms: population, n - 1, and V-MoE's without an epsilon. */
  @Test
  void formsOfVariation() {
    NDArray x = manager.create(new double[] {1.7, 1.1, 1.2});
    assertEquals(.03875, VariationForm.POPULATION.of(x).getDouble(), 1e-6);
    assertEquals(.058125, VariationForm.UNBIASED.of(x).getDouble(), 1e-6);
    assertEquals(.03875, VariationForm.VMOE.of(x).getDouble(), 1e-6);
  }
}
