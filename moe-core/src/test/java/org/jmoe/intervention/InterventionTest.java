package org.jmoe.intervention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jmoe.layer.LayerHook;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InterventionTest {
  private static final int DIM = 4;
  private static final int TOKENS = 9;
  private static final int EXPERTS = 5;
  private static final int K = 2;

  @RegisterExtension final BatchScope scope = new BatchScope();

  private NDArray tokens;

  @BeforeEach
  void tokens() {
    tokens = Tensors.random(scope.manager(), 5, TOKENS, DIM);
  }

  private MoeLayer layer(Capacity capacity) {
    MoeLayer layer =
        new MoeLayer.Spec(
                EXPERTS,
                new PlainRouter.Spec(K, false, capacity),
                new PlainExperts.Spec(6, Activation.GELU, true))
            .build(DIM, Seed.of(1).child("moe"));
    layer.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, DIM));
    return layer;
  }

  private LayerPass pass(MoeLayer layer, LayerHook... hooks) {
    List<LayerPass> passes = new ArrayList<>();
    LayerHook all = (of, pass) -> passes.add(pass);
    for (int i = hooks.length - 1; i >= 0; i--) {
      all = hooks[i].then(all);
    }
    RecordingStore store =
        new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(2)).with(all);
    layer.forward(store, new NDList(tokens), false);
    return passes.get(0);
  }

  private static long[] choices(LayerPass pass) {
    return pass.routing().signals().choices().toLongArray();
  }

  private static double[] weights(LayerPass pass) {
    return Tensors.doubles(pass.routing().signals().weights());
  }

  /** Returns the k best of the logits of a token without some experts, best first. */
  private static long[] best(LayerPass pass, int token, int... without) {
    double[] logits = Tensors.doubles(pass.routing().signals().logits().get(token));
    return java.util.stream.IntStream.range(0, EXPERTS)
        .filter(e -> Arrays.stream(without).noneMatch(banned -> banned == e))
        .boxed()
        .sorted((a, b) -> Double.compare(logits[b], logits[a]))
        .limit(K)
        .mapToLong(e -> e)
        .toArray();
  }

  @Test
  void theNextBestReplacesABannedExpert() {
    MoeLayer layer = layer(Capacity.dropless());
    LayerPass before = pass(layer);
    LayerPass banned = pass(layer, new Ban(ExpertGroup.of("moe", 0, 3)));
    for (int t = 0; t < TOKENS; t++) {
      assertArrayEquals(
          best(before, t, 0, 3), Arrays.copyOfRange(choices(banned), t * K, t * K + K));
    }
  }

  @Test
  void banningAllExpertsLeavesNoOutput() {
    LayerPass none =
        pass(layer(Capacity.dropless()), new Ban(ExpertGroup.of("moe", 0, 1, 2, 3, 4)));
    assertArrayEquals(new double[TOKENS * DIM], Tensors.doubles(none.output()));
  }

  @Test
  void aLargeBiasMakesAnExpertTheFirstChoice() {
    MoeLayer layer = layer(Capacity.dropless());
    LayerPass biased = pass(layer, new LogitBias(ExpertGroup.of("moe", 4), 50));
    double[] shifted = Tensors.doubles(biased.routing().signals().logits());
    double[] logits = Tensors.doubles(pass(layer).routing().signals().logits());
    for (int t = 0; t < TOKENS; t++) {
      assertEquals(4, choices(biased)[t * K]);
      assertEquals(logits[t * EXPERTS + 4] + 50, shifted[t * EXPERTS + 4], 1e-12);
      assertEquals(logits[t * EXPERTS], shifted[t * EXPERTS]);
    }
  }

  @Test
  void aForcedExpertTakesTheLastPlaceAndItsWeight() {
    MoeLayer layer = layer(Capacity.dropless());
    LayerPass before = pass(layer);
    LayerPass forced = pass(layer, new Force(ExpertGroup.of("moe", 2)));
    int replaced = 0;
    for (int t = 0; t < TOKENS; t++) {
      long[] own = Arrays.copyOfRange(choices(before), t * K, t * K + K);
      boolean chosen = own[0] == 2 || own[1] == 2;
      long[] expected = chosen ? own : new long[] {own[0], 2};
      assertArrayEquals(expected, Arrays.copyOfRange(choices(forced), t * K, t * K + K));
      replaced += chosen ? 0 : 1;
    }
    assertTrue(replaced > 0 && replaced < TOKENS, "replaced " + replaced);
    assertArrayEquals(weights(before), weights(forced));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scalingAnExpertScalesItsTerm(boolean dropless) {
    MoeLayer layer = layer(dropless ? Capacity.dropless() : Capacity.fixed(3));
    Function<Double, double[]> output =
        factor ->
            Tensors.doubles(
                pass(layer, new ScaleOutput(ExpertGroup.of("moe", 1), factor)).output());
    double[] once = Tensors.doubles(pass(layer).output());
    double[] none = output.apply(0.0);
    double[] half = output.apply(0.5);
    assertFalse(Arrays.equals(once, none));
    for (int i = 0; i < once.length; i++) {
      assertEquals((once[i] + none[i]) / 2, half[i], 1e-12);
    }
    assertArrayEquals(once, output.apply(1.0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void patchingWithItsOwnOutputsChangesNothing(boolean dropless) {
    MoeLayer layer = layer(dropless ? Capacity.dropless() : Capacity.fixed(3));
    NDArray every = layer.everyExpert(new ParameterStore(scope.manager(), false), tokens);
    NDArray two = every.get("1:3"); // (2, T, D)
    double[] before = Tensors.doubles(pass(layer).output());
    assertArrayEquals(
        before,
        Tensors.doubles(pass(layer, new PatchOutput(ExpertGroup.of("moe", 1, 2), two)).output()),
        1e-12);
    assertArrayEquals(
        Tensors.doubles(pass(layer, new ScaleOutput(ExpertGroup.of("moe", 1, 2), 0)).output()),
        Tensors.doubles(
            pass(layer, new PatchOutput(ExpertGroup.of("moe", 1, 2), two.zerosLike())).output()));
  }

  @Test
  void patchedOutputsBelongToTheirTokens() {
    MoeLayer layer = layer(Capacity.dropless());
    NDArray source = // (1, T, D), row t is t
        scope
            .manager()
            .arange(TOKENS)
            .reshape(1, TOKENS, 1)
            .broadcast(1, TOKENS, DIM)
            .toType(DataType.FLOAT64, true);
    LayerPass patched = pass(layer, new PatchOutput(ExpertGroup.of("moe", 1), source));
    GroupedPlan plan = (GroupedPlan) patched.routing().plan();
    long[] counts = plan.counts().toLongArray();
    for (long row = counts[0]; row < counts[0] + counts[1]; row++) {
      assertEquals(
          (double) plan.tokenOfRow().getLong(row),
          patched.outputs().getDouble(row, 0),
          "row " + row);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RECORDED", "CURRENT"})
  void replayingItsOwnChoicesGivesTheSameBits(Replay.Weights weights) {
    MoeLayer layer = layer(Capacity.fixed(3));
    LayerPass before = pass(layer);
    LayerPass replayed = pass(layer, replay(before, weights));
    assertArrayEquals(Tensors.doubles(before.output()), Tensors.doubles(replayed.output()));
  }

  private static Replay replay(LayerPass pass, Replay.Weights weights) {
    return new Replay(
        ImmutableMap.of("moe", RecordedRouting.of(pass.routing().signals())), weights);
  }

  @Test
  void replayedChoicesReplaceTheRouters() {
    MoeLayer layer = layer(Capacity.dropless());
    LayerPass other = pass(layer, new Ban(ExpertGroup.of("moe", 0)));
    LayerPass recorded = pass(layer, replay(other, Replay.Weights.RECORDED));
    LayerPass current = pass(layer, replay(other, Replay.Weights.CURRENT));
    assertArrayEquals(choices(other), choices(recorded));
    assertArrayEquals(Tensors.doubles(other.output()), Tensors.doubles(recorded.output()));
    assertArrayEquals(choices(other), choices(current));
    double[] probs = Tensors.doubles(pass(layer).routing().signals().probs());
    for (int i = 0; i < TOKENS * K; i++) {
      assertEquals(probs[i / K * EXPERTS + (int) choices(other)[i]], weights(current)[i], 1e-15);
    }
  }

  @Test
  void laterHooksSeeWhatEarlierOnesLeft() {
    MoeLayer layer = layer(Capacity.dropless());
    ExpertGroup first = ExpertGroup.of("moe", 0);
    Ban ban = new Ban(first);
    Force force = new Force(first);
    assertTrue(Arrays.stream(choices(pass(layer, ban, force))).anyMatch(e -> e == 0));
    assertTrue(Arrays.stream(choices(pass(layer, force, ban))).noneMatch(e -> e == 0));
  }

  @Test
  void otherLayersAreUnchanged() {
    MoeLayer layer = layer(Capacity.dropless());
    double[] before = Tensors.doubles(pass(layer).output());
    ExpertGroup elsewhere = ExpertGroup.of("layers/3/moe", 0);
    assertArrayEquals(
        before,
        Tensors.doubles(
            pass(layer, new Ban(elsewhere), new Force(elsewhere), new ScaleOutput(elsewhere, 0))
                .output()));
  }

  @Test
  void missingExpertsAreNamed() {
    MoeLayer layer = layer(Capacity.dropless());
    for (LayerHook hook :
        List.of(
            new Ban(ExpertGroup.of("moe", 5)),
            new LogitBias(ExpertGroup.of("moe", 5), 1),
            new Force(ExpertGroup.of("moe", 1, 5)),
            new ScaleOutput(ExpertGroup.of("moe", 5), 0))) {
      assertTrue(
          Errors.message(RoutingException.class, () -> pass(layer, hook))
              .contains("moe: there is no expert 5; experts are 0 to 4"));
    }
  }

  @Test
  void recordingsOfOtherBatchesAreRejected() {
    MoeLayer layer = layer(Capacity.dropless());
    Replay replay = replay(pass(layer), Replay.Weights.RECORDED);
    tokens = Tensors.random(scope.manager(), 5, TOKENS + 1, DIM);
    assertTrue(
        Errors.message(RoutingException.class, () -> pass(layer, replay))
            .contains("the recording has 9 tokens, but the batch has 10"));
  }
}
