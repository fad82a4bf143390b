package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tests that all auxiliary losses must pass. Extend it for a custom loss:
 *
 * <pre>{@code
 * final class MyLossTest extends LossContract {
 *   @Override
 *   protected AuxLoss loss() {
 *     return new MyLoss();
 *   }
 * }
 * }</pre>
 *
 * <p>The signals are those of a softmax top-2 router over {@link #EXPERTS} experts with fixed noise
 * of standard deviation 1 on the logits. Further inputs that the loss declares are functions of the
 * logits of the real tokens ({@link LossInputs}), so that their gradients are checked too.
 */
public abstract class LossContract {
  /** Number of tokens in a batch. */
  protected static final int TOKENS = 12;

  /** Number of experts. */
  protected static final int EXPERTS = 4;

  private static final int K = 2;
  private static final int REAL = 8; // tokens if the rest is padding
  private static final RouterContext CONTEXT = RouterContext.of(true, Seed.of(3));

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  /** Creates the test. */
  protected LossContract() {}

  /** Returns the loss under test. */
  protected abstract AuxLoss loss();

  /** Returns whether padding tokens affect neither the loss nor any gradient. */
  protected boolean ignoresPadding() {
    return true;
  }

  /** Returns the manager for the arrays of the test. */
  protected final NDManager manager() {
    return manager;
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray random(long seed) {
    return Tensors.random(manager, seed, TOKENS, EXPERTS); // (T, E)
  }

  /** Token t prefers the experts after those of token t - 1, so all loads are equal. */
  private NDArray balanced() {
    double[] base = {1.5, 0.5, -0.25, -1};
    double[][] rows = new double[TOKENS][EXPERTS];
    for (int t = 0; t < TOKENS; t++) {
      for (int e = 0; e < EXPERTS; e++) {
        rows[t][(t + e) % EXPERTS] = base[e];
      }
    }
    return Tensors.of(manager, rows); // (T, E)
  }

  private RoutingSignals signals(NDArray logits, NDArray noise, RouterContext context) {
    NDArray noisy = logits.add(noise); // (T, E)
    NDArray probs = Ops.softmax(logits); // (T, E)
    RoutingSignals signals =
        Routing.topK(logits, probs, K, Capacity.dropless(), context)
            .signals()
            .withNoise(noisy, noise.onesLike());
    return LossInputs.of(logits, REAL).addTo(signals, loss().inputs());
  }

  private RoutingSignals signals(NDArray logits, RouterContext context) {
    return signals(logits, random(90), context);
  }

  private static double value(NDArray loss) {
    return Ops.cast(loss, DataType.FLOAT64).getDouble();
  }

  private double[] gradient(NDArray logits, RouterContext context) {
    return GradientCheck.gradients(given -> loss().of(signals(given[0], context)), logits).get(0);
  }

  private RouterContext padded() {
    boolean[] padding = new boolean[TOKENS];
    Arrays.fill(padding, REAL, TOKENS, true);
    return CONTEXT.withPadding(manager.create(padding));
  }

  @Test
  void isAFiniteScalar() {
    for (int trial = 0; trial < 8; trial++) {
      NDArray loss = loss().of(signals(random(trial), CONTEXT));
      assertEquals(0, loss.getShape().dimension(), "the loss must be a 0-d array");
      assertTrue(Double.isFinite(value(loss)), "loss " + value(loss));
    }
    boolean[] all = new boolean[TOKENS];
    Arrays.fill(all, true);
    NDArray none = loss().of(signals(random(1), CONTEXT.withPadding(manager.create(all))));
    assertTrue(Double.isFinite(value(none)), "loss of padding only: " + value(none));
  }

  /** Losses that measure balance are 1 at balance after {@link AuxLoss#relative}. */
  @Test
  void isOneAtBalanceOnItsRelativeScale() {
    NDArray none = random(0).zerosLike(); // (T, E)
    RoutingSignals even = signals(balanced(), none, CONTEXT);
    double relative = loss().relative(value(loss().of(even)), even);
    assumeFalse(Double.isNaN(relative), "the loss does not measure balance");
    assertEquals(1, relative, 1e-6, "at balance"); // tolerates an epsilon in a logarithm
    NDArray same = balanced().get("0:1").repeat(0, TOKENS); // (T, E)
    RoutingSignals skewed = signals(same, none, CONTEXT);
    double worse = loss().relative(value(loss().of(skewed)), skewed);
    assertTrue(worse > 1 + 1e-3, "all tokens select the same experts, but the loss is " + worse);
  }

  @Test
  void gradientOfTheLogitsIsCorrect() {
    for (RouterContext context : List.of(CONTEXT, CONTEXT.withSequences(2), padded())) {
      GradientCheck.assertCorrect(given -> loss().of(signals(given[0], context)), random(9));
    }
  }

  @Test
  void paddingIsIgnoredOrDeclared() {
    NDArray logits = random(4);
    NDArray real = logits.get("0:" + REAL);
    boolean same = true;
    for (int trial = 0; trial < 8; trial++) {
      NDArray other = real.concat(random(50 + trial).get(REAL + ":"), 0);
      double[] one = gradient(logits, padded());
      double[] two = gradient(other, padded());
      same &= value(logits, padded()) == value(other, padded()) && Arrays.equals(one, two);
      same &= Arrays.stream(one).skip(REAL * EXPERTS).allMatch(g -> g == 0);
    }
    assertEquals(ignoresPadding(), same, "whether padding is ignored");
  }

  private double value(NDArray logits, RouterContext context) {
    return value(loss().of(signals(logits, context)));
  }

  @Test
  void theOrderOfTokensDoesNotMatter() {
    NDArray logits = random(5);
    NDArray noise = random(90);
    for (RouterContext context : List.of(CONTEXT, CONTEXT.withSequences(2))) {
      RoutingSignals given = signals(logits, noise, context);
      double one = value(loss().of(given));
      RoutingSignals flipped = signals(logits.flip(0), noise.flip(0), context);
      double two = value(loss().of(LossInputs.weightsOf(given, flipped)));
      assertEquals(one, two, 1e-12 * Math.max(1, Math.abs(one)));
    }
  }

  @Test
  void repeatsAreBitExact() {
    NDArray logits = random(6);
    assertEquals(value(logits, CONTEXT), value(logits, CONTEXT));
    assertArrayEquals(gradient(logits, CONTEXT), gradient(logits, CONTEXT));
  }

  @Test
  void aSingleMicroBatchEqualsTheLayers() {
    RoutingSignals one = signals(random(7), CONTEXT);
    RoutingSignals two = signals(random(8), CONTEXT);
    double layers = value(loss().ofLayers(List.of(one, two)));
    Map<String, RoutingSignals> named = Map.of("0", one, "1", two);
    double step = value(loss().ofStep(named, StepCounts.alone()));
    assertEquals(layers, step, 1e-12 * Math.max(1, Math.abs(layers)));
    double single = value(loss().of(one));
    assertEquals(single, value(loss().ofLayers(List.of(one))), 1e-12 * Math.max(1, single));
  }

  @Test
  void theSignalsAreUnchanged() {
    NDArray logits = random(10);
    RoutingSignals signals = signals(logits, CONTEXT);
    double[] probs = signals.probs().toDoubleArray();
    long[] choices = signals.choices().toLongArray();
    assertTrue(Double.isFinite(value(loss().of(signals))));
    assertArrayEquals(probs, signals.probs().toDoubleArray());
    assertArrayEquals(choices, signals.choices().toLongArray());
    assertArrayEquals(random(10).toDoubleArray(), signals.logits().toDoubleArray());
  }
}
