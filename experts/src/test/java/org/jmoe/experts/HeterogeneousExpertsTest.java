package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jmoe.experts.GivenChoices.Form;
import org.jmoe.experts.GivenChoices.Skew;
import org.jmoe.experts.HeterogeneousExperts.Part;
import org.jmoe.experts.ZeroComputationExperts.Kind;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Experts that differ: lists of settings, DJL blocks, zero-computation experts. */
final class HeterogeneousExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return HeterogeneousExperts.Spec.of(KINDS.get(0), KINDS.get(2), KINDS.get(3), KINDS.get(4));
  }

  private static final int DIM = 4;

  /** One expert of each kind. */
  private static final List<ExpertsSpec> KINDS =
      List.of(
          new FeedForwardExperts.Spec(5, Activation.SWIGLU, true, 0),
          new FeedForwardExperts.Spec(2, Activation.RELU, false, 0),
          new ZeroComputationExperts.Spec(Kind.CONSTANT),
          new LatentExperts.Spec(2, new FeedForwardExperts.Spec(3, Activation.GELU, false, 0)),
          new ZeroComputationExperts.Spec(Kind.COPY),
          linear(),
          new ZeroComputationExperts.Spec(Kind.ZERO));

  private static final HeterogeneousExperts.Spec ALL =
      HeterogeneousExperts.Spec.of(KINDS.toArray(ExpertsSpec[]::new));

  @RegisterExtension final BatchScope scope = new BatchScope();

  private static BlockExperts.Spec linear() {
    return new BlockExperts.Spec(
        dim -> new SequentialBlock().add(Linear.builder().setUnits(dim).build()));
  }

  static Stream<Arguments> cases() {
    return Arrays.stream(Skew.values())
        .flatMap(skew -> LongStream.range(0, 5).mapToObj(seed -> Arguments.of(skew, seed)));
  }

  /** Returns 1 to 9 experts; each seed begins with another kind. */
  private static HeterogeneousExperts.Spec random(long seed) {
    return HeterogeneousExperts.Spec.of(
        IntStream.range(0, 1 + (int) (2 * seed))
            .mapToObj(e -> KINDS.get((int) (seed + e) % KINDS.size()))
            .toArray(ExpertsSpec[]::new));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyPlanEqualsTheLoop(Skew skew, long seed) {
    HeterogeneousExperts.Spec spec = random(seed);
    GivenChoices given = GivenChoices.of(seed, skew, DIM, spec.each().size());
    for (Form form : Form.values()) {
      Map<String, double[]> expected = given.looped(scope.manager(), spec, form);
      LatentExpertsTest.assertClose(
          expected, given.through(scope.manager(), spec, DataType.FLOAT64, form), 1e-12);
      LatentExpertsTest.assertClose(
          expected, given.through(scope.manager(), spec, DataType.FLOAT32, form), 1e-5);
    }
  }

  /** The same weights as one stack and as one block per expert. */
  @ParameterizedTest
  @EnumSource(Form.class)
  void equalSettingsEqualOneStack(Form form) {
    FeedForwardExperts.Spec each = new FeedForwardExperts.Spec(5, Activation.SWIGLU, true, 0);
    int experts = 3;
    HeterogeneousExperts.Spec list =
        new HeterogeneousExperts.Spec(List.of(new Part(experts, each)));
    Experts stack = each.build(DIM, experts, Seed.of(1).child("stack"));
    Experts blocks = list.build(DIM, experts, Seed.of(2).child("blocks"));
    stack.initialize(scope.manager(), DataType.FLOAT64);
    blocks.initialize(scope.manager(), DataType.FLOAT64);
    for (String name : List.of("in", "in_bias", "out", "out_bias")) {
      NDArray whole = Blocks.parameter(stack, "/" + name); // (E, ..)
      for (int e = 0; e < experts; e++) {
        NDArray part = Blocks.parameter(blocks, "/%d/%s".formatted(e, name)); // (1, ..)
        part.set(whole.get("%d:%d".formatted(e, e + 1)).toDoubleArray());
      }
    }
    NDArray x = Tensors.random(scope.manager(), 7, 9, DIM); // (T, D)
    Tensors.assertClose(through(stack, x, form), through(blocks, x, form), 1e-13);
  }

  private static double[] through(Experts experts, NDArray x, Form form) {
    int[][] choices = {{0, 1}, {1, 2}, {2, 0}, {0, 2}, {1, 0}, {0, 1}, {0, 1}, {0, 2}, {2, 1}};
    ParameterStore ps = new ParameterStore(x.getManager(), false);
    NDArray chosen = Tensors.of(x.getManager(), choices); // (T, K)
    NDArray ones = x.getManager().ones(chosen.getShape(), x.getDataType()); // (T, K)
    NDArray mix = Tensors.random(x.getManager(), 3, 9, 3, 2); // (T, E, C)
    var plan =
        switch (form) {
          case GROUPED -> GroupedPlan.of(chosen, ones, 3);
          case SLOTS ->
              org.jmoe.plan.SlotPlan.of(
                  chosen,
                  org.jmoe.plan.DropOrder.K_MAJOR.rank(chosen, ones, Seed.of(1)),
                  ones,
                  3,
                  4);
          case SOFT -> new org.jmoe.plan.SoftPlan(mix, mix);
        };
    return plan.combine(experts.forward(ps, plan.dispatch(x), plan, false, Seed.of(1)))
        .toDoubleArray();
  }

  private MoeLayer layer(Capacity capacity) {
    MoeLayer layer =
        new MoeLayer.Spec(KINDS.size(), new PlainRouter.Spec(3, true, capacity), ALL)
            .build(DIM, Seed.of(1).child("moe"));
    layer.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, DIM));
    return layer;
  }

  @ParameterizedTest
  @CsvSource({"Infinity", "0.7"})
  void passesTheGradientThroughTheLayer(double factor) {
    MoeLayer layer = layer(Capacity.factor(factor));
    GradientCheck.assertCorrect(
        layer,
        (ps, x) -> layer.forward(ps, new NDList(x), true).head(),
        Tensors.random(scope.manager(), 3, 9, DIM));
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void idleExpertsHaveAZeroGradient(Form form) {
    GivenChoices given = GivenChoices.of(2, Skew.ALL_TO_ONE, DIM, KINDS.size());
    if (form == Form.SOFT) {
      return; // no expert is idle
    }
    Map<String, double[]> found = given.through(scope.manager(), ALL, DataType.FLOAT64, form);
    int checked = 0;
    for (int e : given.idle()) {
      for (Map.Entry<String, double[]> each : found.entrySet()) {
        if (each.getKey().startsWith("experts/" + e + "/")) {
          double[] zeros = new double[each.getValue().length];
          assertArrayEquals(zeros, absolute(each.getValue()), each.getKey());
          checked++;
        }
      }
    }
    assertTrue(checked >= 8, checked + " tensors");
  }

  private static double[] absolute(double[] numbers) { // -0 is 0
    return Arrays.stream(numbers).map(Math::abs).toArray();
  }

  @Test
  void noRowsGiveNoOutput() {
    Experts experts = ALL.build(DIM, KINDS.size(), GivenChoices.SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    NDArray unrouted = Tensors.of(scope.manager(), new int[][] {{-1}, {-1}}); // (T, K)
    GroupedPlan plan =
        GroupedPlan.of(unrouted, scope.manager().ones(new Shape(2, 1)), KINDS.size());
    NDArray x = scope.manager().ones(new Shape(2, DIM)); // (T, D)
    NDArray y =
        experts.forward(
            new ParameterStore(scope.manager(), false), plan.dispatch(x), plan, true, Seed.of(1));
    assertEquals(new Shape(0, DIM), y.getShape());
    assertArrayEquals(new float[2 * DIM], plan.combine(y).toFloatArray());
  }

  @Test
  void bfloat16AppliesToFeedForwardsOnly() {
    GivenChoices given = GivenChoices.of(3, Skew.BALANCED, DIM, KINDS.size());
    for (Form form : Form.values()) {
      Map<String, double[]> single = given.through(scope.manager(), ALL, form, Precision.FLOAT32);
      Map<String, double[]> half = given.through(scope.manager(), ALL, form, Precision.BFLOAT16);
      LatentExpertsTest.assertClose(single, half, 0.05);
      assertNotEquals(Arrays.toString(single.get("outputs")), Arrays.toString(half.get("outputs")));
    }
  }

  @Test
  void totalsAreExactAndActiveParametersAreMeans() {
    // 4 * 10 + 5 * 4 + 10 + 4, 4 * 2 + 2 * 4, 3 * 4, 2 * 4 * 2 + 2 * 3 + 3 * 2, 0, 4 * 4 + 4, 0
    long sum = 74 + 16 + 12 + 28 + 0 + 20 + 0;
    assertEquals(sum, ALL.parameters(DIM, KINDS.size()));
    assertEquals(Math.round(sum / 7.0), ALL.parametersPerExpert(DIM));
    assertEquals(Math.round(3 * sum / 7.0), ALL.activeParameters(DIM, 3));
    MoeLayer.Spec spec =
        new MoeLayer.Spec(KINDS.size(), new PlainRouter.Spec(3, true, Capacity.dropless()), ALL);
    assertEquals(28 + sum, spec.parameters(DIM));
    assertEquals(28 + Math.round(3 * sum / 7.0), spec.activeParameters(DIM));
    assertEquals(28 + sum, Blocks.count(layer(Capacity.dropless())));
  }

  /** Names and initial weights of an expert depend only on its index. */
  @Test
  void expertsAreNamedByTheirIndex() {
    ExpertsSpec last = FeedForwardExperts.Spec.relu(3);
    Experts one = build(HeterogeneousExperts.Spec.of(KINDS.get(0), KINDS.get(4), last));
    Experts two = build(HeterogeneousExperts.Spec.of(KINDS.get(1), KINDS.get(2), last));
    assertEquals(
        List.of(
            "experts/0/in",
            "experts/0/in_bias",
            "experts/0/out",
            "experts/0/out_bias",
            "experts/2/in",
            "experts/2/out"),
        NamedTensor.of(one).stream().map(NamedTensor::name).toList());
    assertArrayEquals(
        Blocks.parameter(one, "experts/2/in").toFloatArray(),
        Blocks.parameter(two, "experts/2/in").toFloatArray());
  }

  private Experts build(HeterogeneousExperts.Spec spec) {
    Experts experts = spec.build(DIM, spec.each().size(), GivenChoices.SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    return experts;
  }

  @Test
  void zeroComputationExpertsByHand() {
    Experts experts =
        build(
            HeterogeneousExperts.Spec.of(
                new ZeroComputationExperts.Spec(Kind.ZERO),
                new ZeroComputationExperts.Spec(Kind.COPY),
                new ZeroComputationExperts.Spec(Kind.CONSTANT)));
    Blocks.parameter(experts, "2/value").set(new float[] {1, 0, -1, 4});
    // Scores 0 and ln 3 x_0: the weight of the token is 1/4 for x_0 = 1 and 1/2 for x_0 = 0.
    float third = (float) Math.log(3);
    Blocks.parameter(experts, "2/mix").set(new float[] {0, third, 0, 0, 0, 0, 0, 0});
    NDArray x =
        scope.manager().create(new float[] {1, 2, 3, 4, 0, 8, 8, 8}, new Shape(2, DIM)); // (T, D)
    int[][] choices = {{0, 1, 2}, {0, 1, 2}};
    NDArray weights =
        scope.manager().create(new float[] {9, 0, 1, 9, 10, 0}, new Shape(2, 3)); // (T, K)
    GroupedPlan plan = GroupedPlan.of(Tensors.of(scope.manager(), choices), weights, 3);
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    NDArray rows = plan.dispatch(x); // (N, D)
    NDArray y = experts.forward(ps, rows, plan, false, Seed.of(1)); // (N, D)
    assertArrayEquals(
        new float[] {
          0, 0, 0, 0, 0, 0, 0, 0, // zero
          1, 2, 3, 4, 0, 8, 8, 8, // copy
          1, 0.5f, 0, 4, 0.5f, 4, 3.5f, 6 // constant
        },
        y.toFloatArray(),
        1e-6f);
    assertArrayEquals(
        new float[] {1, 0.5f, 0, 4, 0, 80, 80, 80}, plan.combine(y).toFloatArray(), 1e-5f);
  }

  /** Independent of the engine's global generator. */
  @Test
  void djlBlocksHaveUniqueNamesAndSeeds() {
    BlockExperts.Spec two =
        new BlockExperts.Spec(
            dim ->
                new SequentialBlock()
                    .add(Linear.builder().setUnits(6).build())
                    .add(ai.djl.nn.Activation.reluBlock())
                    .add(Linear.builder().setUnits(dim).build()));
    assertEquals(4 * 6 + 6 + 6 * 4 + 4, two.parametersPerExpert(DIM));
    Engine.getInstance().setRandomSeed(1);
    Experts first = two.build(DIM, 2, GivenChoices.SEED);
    first.initialize(scope.manager(), DataType.FLOAT32);
    Engine.getInstance().setRandomSeed(2);
    Experts again = two.build(DIM, 2, GivenChoices.SEED);
    again.initialize(scope.manager(), DataType.FLOAT32);
    List<NamedTensor> tensors = NamedTensor.of(first);
    assertEquals(8, tensors.stream().map(NamedTensor::name).distinct().count());
    assertEquals("experts/0/01Linear_weight", tensors.get(0).name());
    assertEquals(new Shape(6, DIM), tensors.get(0).shape());
    List<NamedTensor> others = NamedTensor.of(again);
    double squares = 0;
    for (int i = 0; i < tensors.size(); i++) {
      float[] values = array(tensors.get(i)).toFloatArray();
      assertArrayEquals(values, array(others.get(i)).toFloatArray());
      if (tensors.get(i).shape().equals(new Shape(6, DIM))) {
        for (float value : values) {
          squares += (double) value * value / 48;
        }
      }
    }
    assertEquals(0.25, squares, 0.15); // 1 / inputs, of 48 draws
    assertNotEquals(
        Arrays.toString(array(tensors.get(0)).toFloatArray()),
        Arrays.toString(array(tensors.get(4)).toFloatArray()));
  }

  private static NDArray array(NamedTensor tensor) {
    Parameter parameter = tensor.pieces().get(0).parameter();
    return Objects.requireNonNull(parameter.getArray());
  }

  @Test
  void aBlockOfAnotherWidthIsRejected() {
    BlockExperts.Spec wide =
        new BlockExperts.Spec(dim -> Linear.builder().setUnits(dim + 1).build());
    Experts experts = wide.build(DIM, 2, GivenChoices.SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    NDArray chosen = Tensors.of(scope.manager(), new int[][] {{0}, {1}, {1}}); // (T, K)
    GroupedPlan plan = GroupedPlan.of(chosen, scope.manager().ones(new Shape(3, 1)), 2);
    NDArray rows = plan.dispatch(scope.manager().ones(new Shape(3, DIM))); // (N, D)
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    assertEquals(
        "the block of experts/0 returned shape (1, 5) for input (1, 4); an expert must preserve the"
            + " shape",
        Errors.message(
            IllegalArgumentException.class,
            () -> experts.forward(ps, rows, plan, false, Seed.of(1))));
  }

  @Test
  void badSettingsAreRejected() {
    ExpertsSpec plain = FeedForwardExperts.Spec.relu(3);
    assertEquals(
        "parts is empty; list the experts as {count, expert}",
        errorOf(() -> new HeterogeneousExperts.Spec(List.of())));
    assertEquals("count must be at least 1, not 0", errorOf(() -> new Part(0, plain)));
    HeterogeneousExperts.Spec three =
        new HeterogeneousExperts.Spec(List.of(new Part(2, plain), new Part(1, KINDS.get(4))));
    String count =
        "parts has 3 experts, but the layer has 4; change a count or the layer's experts";
    assertEquals(count, errorOf(() -> three.build(DIM, 4, Seed.of(1))));
    MoeLayer.Spec layer =
        new MoeLayer.Spec(4, new PlainRouter.Spec(1, true, Capacity.dropless()), three);
    assertEquals(count, errorOf(() -> layer.requireFits(DIM)));
    HeterogeneousExperts.Spec wide =
        HeterogeneousExperts.Spec.of(plain, new LatentExperts.Spec(9, plain));
    assertEquals(
        "latent width 9 exceeds the token width 4; use at most 4",
        errorOf(() -> wide.requireFits(DIM, 2)));
  }

  private static String errorOf(org.junit.jupiter.api.function.Executable action) {
    return Errors.message(IllegalArgumentException.class, action);
  }
}
