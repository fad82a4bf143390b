package org.jmoe.analysis.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.LatentExperts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.biased.LongCatRouter;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Shares of a layer's output against the change when an expert's weights are zeroed: the router
 * does not see the experts, so nothing else changes.
 */
final class OutputSharesTest {
  private static final int TOKENS = 12;
  private static final int DIM = 6;
  private static final int EXPERTS = 4;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<Arguments> layers() {
    RouterSpec two = TopKRouter.Spec.of(2);
    return Stream.of(
        Arguments.of("grouped", two, null),
        Arguments.of("latent", two, null),
        Arguments.of("latent drops", new TopKRouter.Spec(2, true, Capacity.fixed(3)), null),
        Arguments.of("latent soft", new SoftMoeRouter.Spec(2), SharedSpec.Mix.GATED),
        Arguments.of("drops", new TopKRouter.Spec(2, true, Capacity.fixed(3)), null),
        Arguments.of("expert choice", ExpertChoiceRouter.Spec.of(1), null),
        Arguments.of("soft", new SoftMoeRouter.Spec(2), null),
        Arguments.of("dense", new DenseSoftRouter.Spec(), null),
        Arguments.of("identities", new LongCatRouter.Spec(3, 2, 1.5, 0, Capacity.dropless()), null),
        Arguments.of("shared", two, SharedSpec.Mix.SUM),
        Arguments.of("gated", two, SharedSpec.Mix.GATED),
        Arguments.of("residual", two, SharedSpec.Mix.RESIDUAL),
        Arguments.of("either", two, SharedSpec.Mix.EITHER));
  }

  private MoeLayer layer(String name, RouterSpec router, SharedSpec.@Nullable Mix mix) {
    FeedForwardExperts.Spec plain = FeedForwardExperts.Spec.swiglu(5);
    SharedSpec shared = mix == null ? null : new SharedSpec(plain, mix);
    ExpertsSpec expert = name.startsWith("latent") ? new LatentExperts.Spec(3, plain) : plain;
    MoeLayer layer =
        new MoeLayer.Spec(EXPERTS, router, expert, shared).build(DIM, Seed.of(3).child("moe"));
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
    return layer;
  }

  private NDArray tokens() {
    return Ops.normal(manager.zeros(new Shape(TOKENS, DIM)), Seed.of(5));
  }

  private double[] output(MoeLayer layer, NDArray x) {
    NDArray y = layer.forward(new ParameterStore(manager, false), new NDList(x), false).head();
    return Ops.cast(y, DataType.FLOAT64).toDoubleArray();
  }

  /** Returns the output with rows {@code from} to {@code to} of a parameter zeroed. */
  private double[] without(MoeLayer layer, NDArray x, String name, int part, int parts) {
    Parameter found =
        layer.getParameters().values().stream()
            .filter(p -> p.getName().equals(name))
            .findFirst()
            .orElseThrow();
    float[] before = found.getArray().toFloatArray();
    float[] zeroed = before.clone();
    int size = before.length / parts;
    Arrays.fill(zeroed, part * size, (part + 1) * size, 0);
    found.getArray().set(zeroed);
    double[] y = output(layer, x);
    found.getArray().set(before);
    return y;
  }

  private static double share(double[] y, double[] without, int token) {
    double product = 0;
    double square = 0;
    for (int d = token * DIM; d < (token + 1) * DIM; d++) {
      product += (y[d] - without[d]) * y[d];
      square += y[d] * y[d];
    }
    return square == 0 ? 0 : product / square;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void sharesMatchAblation(String name, RouterSpec router, SharedSpec.@Nullable Mix mix) {
    MoeLayer layer = layer(name, router, mix);
    NDArray x = tokens(); // (T, D)
    List<LayerPass> passes = new ArrayList<>();
    RecordingStore recording =
        new RecordingStore(new ParameterStore(manager, false), Seed.of(0))
            .with((l, pass) -> passes.add(pass));
    layer.forward(recording, new NDList(x), false);
    OutputShares shares = new OutputShares(passes.get(0));
    RoutingSignals signals = passes.get(0).routing().signals();
    long[] choices = signals.choices().toLongArray();
    float[] weights = signals.weights().toFloatArray();
    boolean[] kept = signals.kept().toBooleanArray();
    int k = choices.length / TOKENS;
    double[] y = output(layer, x);
    double[][] found = new double[TOKENS][EXPERTS];
    boolean dropped = false;
    for (int t = 0; t < TOKENS; t++) {
      double total = 0;
      double identities = 0;
      for (int i = 0; i < k; i++) {
        int expert = (int) choices[t * k + i];
        if (expert < 0) {
          continue;
        }
        double share = shares.ofChoice(t, i, expert);
        total += share;
        identities += shares.isIdentity(expert) ? weights[t * k + i] : 0;
        if (expert < EXPERTS) {
          found[t][expert] += share;
        }
        if (!kept[t * k + i]) {
          assertEquals(0, share);
          dropped = true;
        }
      }
      total += shares.ofShared(t) + shares.ofSelf(t, identities);
      boolean nothing = share(y, new double[y.length], t) == 0; // the token has no output
      assertEquals(nothing ? 0 : 1, total, 1e-5, "token " + t);
    }
    assertEquals(name.endsWith("drops"), dropped);
    for (int e = 0; e < EXPERTS; e++) {
      double[] without = without(layer, x, "moe/experts/out", e, EXPERTS);
      for (int t = 0; t < TOKENS; t++) {
        assertEquals(share(y, without, t), found[t][e], 1e-5, "token " + t + ", expert " + e);
      }
    }
    if (mix != null) {
      double[] without = without(layer, x, "moe/shared/expert/out", 0, 1);
      for (int t = 0; t < TOKENS; t++) {
        assertEquals(share(y, without, t), shares.ofShared(t), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "latent"})
  void sharesMatchAblationInDenseLayers(String name) {
    MoeLayer layer = layer(name, new DenseSoftRouter.Spec(), null);
    NDArray x = tokens();
    ParameterStore ps = new ParameterStore(manager, false);
    NDArray all = layer.everyExpert(ps, x); // (E, T, D)
    assertEquals(new Shape(EXPERTS, TOKENS, DIM), all.getShape());
    double[] outputs = Ops.cast(all, DataType.FLOAT64).toDoubleArray();
    List<LayerPass> passes = new ArrayList<>();
    RecordingStore recording =
        new RecordingStore(ps, Seed.of(0)).with((l, pass) -> passes.add(pass));
    layer.forward(recording, new NDList(x), false);
    float[] probs = passes.get(0).routing().signals().probs().toFloatArray(); // (T, E)
    double[] y = output(layer, x);
    for (int i = 0; i < y.length; i++) {
      double sum = 0;
      for (int e = 0; e < EXPERTS; e++) {
        sum += probs[i / DIM * EXPERTS + e] * outputs[e * TOKENS * DIM + i];
      }
      assertEquals(y[i], sum, 1e-5);
    }
    assertTrue(Math.abs(y[0]) > 0);
  }
}
