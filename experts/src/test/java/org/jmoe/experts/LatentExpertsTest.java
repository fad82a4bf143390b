package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.GivenChoices.Form;
import org.jmoe.experts.GivenChoices.Skew;
import org.jmoe.experts.devices.Placement;
import org.jmoe.experts.devices.ShardedExperts;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Errors;
import org.jmoe.testing.ExpertsContract;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class LatentExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return LATENT;
  }

  private static final int DIM = 8;
  private static final int WIDTH = 3;
  private static final int EXPERTS = 4;
  private static final FeedForwardExperts.Spec PLAIN =
      new FeedForwardExperts.Spec(5, Activation.SWIGLU, true, 0);
  private static final LatentExperts.Spec LATENT = new LatentExperts.Spec(WIDTH, PLAIN);

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<Arguments> cases() {
    return Arrays.stream(Skew.values())
        .flatMap(skew -> LongStream.range(0, 5).mapToObj(seed -> Arguments.of(skew, seed)));
  }

  private static LatentExperts.Spec random(long seed) {
    Activation[] all = Activation.values();
    Activation activation = all[(int) (seed % all.length)];
    return new LatentExperts.Spec(
        1 + (int) (seed % DIM),
        new FeedForwardExperts.Spec(1 + (int) (seed % 4), activation, seed % 2 == 0, 0));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyPlanEqualsTheLoop(Skew skew, long seed) {
    GivenChoices given = GivenChoices.of(seed, skew, DIM, 1 + (int) (seed * 2));
    LatentExperts.Spec spec = random(seed);
    for (Form form : Form.values()) {
      Map<String, double[]> expected = given.looped(scope.manager(), spec, form);
      assertClose(expected, given.through(scope.manager(), spec, DataType.FLOAT64, form), 1e-12);
      assertClose(expected, given.through(scope.manager(), spec, DataType.FLOAT32, form), 1e-5);
    }
  }

  /** Asserts equality within a tolerance relative to the largest element of each array, or 1. */
  static void assertClose(
      Map<String, double[]> expected, Map<String, double[]> found, double tolerance) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach(
        (name, numbers) -> {
          double largest = Arrays.stream(numbers).map(Math::abs).reduce(1, Math::max);
          assertArrayEquals(
              numbers, Objects.requireNonNull(found.get(name)), tolerance * largest, name);
        });
  }

  private MoeLayer layer(ExpertsSpec spec, SharedSpec shared, Capacity capacity) {
    MoeLayer layer =
        new MoeLayer.Spec(EXPERTS, new PlainRouter.Spec(2, true, capacity), spec, shared)
            .build(DIM, Seed.of(1).child("moe"));
    layer.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, DIM));
    return layer;
  }

  private static final SharedSpec SHARED = new SharedSpec(PLAIN, SharedSpec.Mix.GATED);

  @ParameterizedTest
  @CsvSource({"Infinity", "0.7"})
  void passesTheGradientThroughTheLayer(double factor) {
    MoeLayer layer = layer(LATENT, SHARED, Capacity.factor(factor));
    GradientCheck.assertCorrect(
        layer,
        (ps, x) -> layer.forward(ps, new NDList(x), true).head(),
        Tensors.random(scope.manager(), 3, 7, DIM));
  }

  /** As in Megatron-Core: both ignore the latent width and have unchanged initial weights. */
  @Test
  void routerAndSharedExpertUseTheFullWidth() {
    MoeLayer with = layer(LATENT, SHARED, Capacity.dropless());
    MoeLayer without = layer(PLAIN, SHARED, Capacity.dropless());
    NDArray x = Tensors.random(scope.manager(), 3, 7, DIM); // (T, D)
    assertArrayEquals(logits(without, x), logits(with, x));
    for (String name : List.of("gate", "shared/expert/in", "shared/expert/out")) {
      assertArrayEquals(
          Blocks.parameter(without, name).toDoubleArray(),
          Blocks.parameter(with, name).toDoubleArray());
    }
    Blocks.parameter(with, "moe/experts/out")
        .muli(Blocks.parameter(with, "moe/experts/out").zerosLike());
    Blocks.parameter(without, "moe/experts/out")
        .muli(Blocks.parameter(without, "moe/experts/out").zerosLike());
    // Only the shared expert remains.
    assertArrayEquals(
        Blocks.infer(without, x).toDoubleArray(), Blocks.infer(with, x).toDoubleArray(), 1e-14);
  }

  private double[] logits(MoeLayer layer, NDArray x) {
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(2));
    layer.forward(recording, new NDList(x), false);
    return recording.signals().values().iterator().next().logits().toDoubleArray();
  }

  /** With identity projections, latent experts equal plain experts. */
  @Test
  void identityProjectionsHaveNoEffect() {
    Experts plain = initialised(PLAIN);
    Experts latent = initialised(new LatentExperts.Spec(DIM, PLAIN));
    for (String name : List.of("/down", "/up")) {
      NDArray weight = Blocks.parameter(latent, name);
      weight.set(scope.manager().eye(DIM).toFloatArray());
    }
    NDArray x =
        Tensors.of(scope.manager(), DataType.FLOAT32, Tensors.random(7, 6 * DIM), 6, DIM); // (T, D)
    assertArrayEquals(through(plain, x), through(latent, x), 1e-6f);
  }

  private Experts initialised(ExpertsSpec spec) {
    Experts experts = spec.build(DIM, EXPERTS, GivenChoices.SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    return experts;
  }

  private static float[] through(Experts experts, NDArray x) {
    int[][] choices = {{0, 1}, {1, 3}, {3, 0}, {0, 3}, {1, 0}, {0, 1}};
    ParameterStore ps = new ParameterStore(x.getManager(), false);
    NDArray ones = x.getManager().ones(new Shape(6, 2)); // (T, K)
    GroupedPlan plan = GroupedPlan.of(Tensors.of(x.getManager(), choices), ones, EXPERTS);
    NDArray rows = plan.dispatch(experts.projectIn(ps, x, false));
    NDArray outputs = experts.forward(ps, rows, plan, false, Seed.of(1));
    return experts.projectOut(ps, plan.combine(outputs), false).toFloatArray();
  }

  /** Names, weights and bits equal those on one device; rows of width L are transferred. */
  @Test
  void rowsOfTheLatentWidthAreTransferred() {
    LatentExperts.Spec whole = new LatentExperts.Spec(4, FeedForwardExperts.Spec.swiglu(16));
    Placement placement =
        Placement.even(EXPERTS, List.of(new NamedDevice("cpu", 0), new NamedDevice("cpu", 1)));
    ExpertsSpec sharded =
        new LatentExperts.Spec(
            4, new ShardedExperts.Spec(FeedForwardExperts.Spec.swiglu(16), placement));
    Experts one = initialised(whole);
    Experts two = initialised(sharded);
    assertEquals(
        NamedTensor.of(one).stream().map(NamedTensor::name).toList(),
        NamedTensor.of(two).stream().map(NamedTensor::name).toList());
    NDArray x =
        Tensors.of(scope.manager(), DataType.FLOAT32, Tensors.random(7, 6 * DIM), 6, DIM); // (T, D)
    assertArrayEquals(through(one, x), through(two, x));

    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(2));
    int[][] choices = {{0, 1}, {1, 3}, {3, 0}, {0, 3}, {1, 0}, {0, 1}};
    NDArray ones = scope.manager().ones(new Shape(6, 2)); // (T, K)
    GroupedPlan plan = GroupedPlan.of(Tensors.of(scope.manager(), choices), ones, EXPERTS);
    NDArray rows = plan.dispatch(two.projectIn(recording, x, false)); // (N, L)
    assertEquals(new Shape(12, 4), rows.getShape());
    two.forward(recording, rows, plan, false, Seed.of(1));
    // Expert 3 has three rows of 4 elements of 4 bytes, sent and returned.
    assertEquals(Map.of("experts", 2L * 3 * 4 * 4), recording.movedBytes());
  }

  @Test
  void countsByHand() {
    // An expert: 3 * 10 + 5 * 3 weights, 10 + 3 biases; projections: 8 * 3 twice; gate: 8 * 4;
    // shared: 8 * 10 + 5 * 8 weights, 10 + 8 biases, 8 of the mix.
    MoeLayer.Spec spec =
        new MoeLayer.Spec(
            EXPERTS, new PlainRouter.Spec(2, true, Capacity.dropless()), LATENT, SHARED);
    assertEquals(58, LATENT.parametersPerExpert(DIM));
    assertEquals(48, LATENT.commonParameters(DIM));
    assertEquals(32 + 4 * 58 + 48 + 146, spec.parameters(DIM));
    assertEquals(32 + 2 * 58 + 48 + 146, spec.activeParameters(DIM));
    assertEquals(spec.parameters(DIM), Blocks.count(layer(LATENT, SHARED, Capacity.dropless())));
    assertEquals(WIDTH, LATENT.width(DIM));
  }

  @Test
  void bfloat16RoundsTheProjectionsToo() {
    GivenChoices given = GivenChoices.of(3, Skew.ZIPF, DIM, EXPERTS);
    for (Form form : Form.values()) {
      Map<String, double[]> single =
          given.through(scope.manager(), LATENT, form, Precision.FLOAT32);
      Map<String, double[]> half = given.through(scope.manager(), LATENT, form, Precision.BFLOAT16);
      assertClose(single, half, 0.05);
      double[] y = Objects.requireNonNull(half.get("outputs"));
      assertNotEquals(0, difference(single, y), form.toString());
    }
  }

  private static double difference(Map<String, double[]> single, double[] y) {
    double[] exact = Objects.requireNonNull(single.get("outputs"));
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += Math.abs(exact[i] - y[i]);
    }
    return sum;
  }

  @Test
  void idleExpertsHaveAZeroGradient() {
    GivenChoices given = GivenChoices.of(1, Skew.ALL_TO_ONE, DIM, EXPERTS);
    Map<String, double[]> found =
        given.through(scope.manager(), LATENT, DataType.FLOAT64, Form.GROUPED);
    double[] out = Objects.requireNonNull(found.get("experts/out")); // (E, H, L)
    int each = out.length / EXPERTS;
    assertEquals(EXPERTS - 1, given.idle().length);
    for (int e : given.idle()) {
      assertArrayEquals(new double[each], Arrays.copyOfRange(out, e * each, (e + 1) * each));
    }
    assertTrue(Arrays.stream(out).anyMatch(g -> g != 0));
  }

  @Test
  void badSettingsAreRejected() {
    assertEquals("width must be at least 1, not 0", errorOf(() -> latent(0, PLAIN)));
    assertEquals("width must be at least 1, not -3", errorOf(() -> latent(-3, PLAIN)));
    assertEquals(
        "latent experts of width 3 contain latent experts; use one projection with the smaller"
            + " width",
        errorOf(() -> latent(3, LATENT)));
    String wide = "latent width 9 exceeds the token width 8; use at most 8";
    assertEquals(wide, errorOf(() -> latent(9, PLAIN).build(DIM, 2, Seed.of(1))));
    MoeLayer.Spec routed = new MoeLayer.Spec(2, router(), latent(9, PLAIN));
    assertEquals(wide, errorOf(() -> routed.requireFits(DIM)));
    SharedSpec beside = new SharedSpec(latent(9, PLAIN), SharedSpec.Mix.SUM);
    MoeLayer.Spec shared = new MoeLayer.Spec(2, router(), PLAIN, beside);
    assertEquals(wide, errorOf(() -> shared.requireFits(DIM)));
  }

  private static PlainRouter.Spec router() {
    return new PlainRouter.Spec(1, true, Capacity.dropless());
  }

  private static LatentExperts.Spec latent(int width, ExpertsSpec expert) {
    return new LatentExperts.Spec(width, expert);
  }

  private static String errorOf(org.junit.jupiter.api.function.Executable action) {
    return Errors.message(IllegalArgumentException.class, action);
  }
}
