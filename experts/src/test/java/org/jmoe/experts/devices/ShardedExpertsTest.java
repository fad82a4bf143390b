package org.jmoe.experts.devices;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import com.google.common.primitives.ImmutableIntArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.device.DeviceException;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.SoftPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.ExpertsContract;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ShardedExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return new ShardedExperts.Spec(
        new FeedForwardExperts.Spec(7, Activation.SWIGLU, true, 0),
        Placement.of(4, ordered(List.of(3), List.of(0, 2), List.of(1))));
  }

  private static final int DIM = 16;
  private static final int EXPERTS = 5;
  private static final Seed SEED = Seed.of(1).child("experts");
  private static final Seed DRAWS = Seed.of(5);
  private static final NamedDevice HOME = new NamedDevice("cpu", 0);
  private static final NamedDevice OTHER = new NamedDevice("cpu", 1);
  private static final NamedDevice THIRD = new NamedDevice("cpu", 2);

  /** Seven tokens with two choices each; expert 3 is idle. */
  private static final int[][] CHOICES = {{0, 1}, {1, 4}, {4, 0}, {0, 2}, {1, 0}, {0, 1}, {2, 4}};

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<Arguments> cases() {
    List<Placement> placements =
        List.of(
            Placement.even(EXPERTS, List.of(HOME)),
            Placement.even(EXPERTS, List.of(HOME, OTHER)),
            Placement.even(EXPERTS, List.of(HOME, OTHER, THIRD)),
            // interleaved, with an idle home
            Placement.of(EXPERTS, ordered(List.of(), List.of(4, 1), List.of(0, 3, 2))),
            // only the idle expert
            Placement.of(EXPERTS, ordered(List.of(0, 2, 4, 1), List.of(), List.of(3))));
    List<FeedForwardExperts.Spec> specs =
        List.of(
            FeedForwardExperts.Spec.swiglu(16),
            new FeedForwardExperts.Spec(24, Activation.GELU, true, 0.3));
    return placements.stream()
        .flatMap(
            p ->
                specs.stream()
                    .flatMap(
                        s ->
                            Stream.of("grouped", "slots", "soft").map(f -> Arguments.of(p, s, f))));
  }

  private static Map<NamedDevice, List<Integer>> ordered(
      List<Integer> home, List<Integer> other, List<Integer> third) {
    Map<NamedDevice, List<Integer>> lists = new LinkedHashMap<>();
    lists.put(HOME, home);
    lists.put(OTHER, other);
    lists.put(THIRD, third);
    return lists;
  }

  private DispatchPlan plan(String form) {
    NDArray choices = Tensors.of(scope.manager(), CHOICES); // (T, K)
    NDArray ones = scope.manager().ones(choices.getShape()); // (T, K)
    if (form.equals("grouped")) {
      return GroupedPlan.of(choices, ones, EXPERTS);
    }
    if (form.equals("slots")) {
      NDArray ranks = DropOrder.K_MAJOR.rank(choices, ones, DRAWS); // (T, K)
      return SlotPlan.of(choices, ranks, ones, EXPERTS, 3);
    }
    NDArray mix = Ops.uniform(scope.manager().zeros(new Shape(CHOICES.length, EXPERTS, 2)), DRAWS);
    return new SoftPlan(mix, mix); // (T, E, C)
  }

  private Map<String, float[]> computed(Experts experts, String form) {
    experts.initialize(scope.manager(), DataType.FLOAT32);
    for (NamedTensor tensor : NamedTensor.of(experts)) {
      if (tensor.type() == Parameter.Type.BIAS) { // zeros would hide errors
        tensor.pieces().forEach(p -> p.parameter().getArray().addi(scope.manager().create(0.25f)));
      }
    }
    NDArray tokens =
        Tensors.of(
            scope.manager(),
            DataType.FLOAT32,
            Tensors.random(3, CHOICES.length * DIM),
            CHOICES.length,
            DIM); // (T, D)
    tokens.setRequiresGradient(true);
    Map<String, float[]> numbers = new LinkedHashMap<>();
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      DispatchPlan plan = plan(form);
      NDArray rows = plan.dispatch(tokens);
      NDArray outputs = experts.forward(ps, rows, plan, true, DRAWS);
      assertEquals(rows.getShape(), outputs.getShape());
      NDArray y = plan.combine(outputs); // (T, D)
      collector.backward(y.mul(y).sum());
      numbers.put("outputs", outputs.toFloatArray());
    }
    numbers.put("tokens", tokens.getGradient().toFloatArray());
    for (NamedTensor tensor : NamedTensor.of(experts)) {
      float[] values = new float[(int) tensor.shape().size()];
      float[] gradients = new float[values.length];
      int width = values.length / EXPERTS;
      for (NamedTensor.Piece piece : tensor.pieces()) {
        NDArray array = piece.parameter().getArray();
        float[] own = array.toFloatArray();
        float[] ownGradients = array.getGradient().toFloatArray();
        for (int i = 0; i < own.length / width; i++) {
          int row = piece.rows().isEmpty() ? i : piece.rows().get(i);
          System.arraycopy(own, i * width, values, row * width, width);
          System.arraycopy(ownGradients, i * width, gradients, row * width, width);
        }
      }
      numbers.put(tensor.name(), values);
      numbers.put(tensor.name() + " gradient", gradients);
    }
    return numbers;
  }

  /** Names, weights, outputs and gradients are bit-exactly those of unsharded experts. */
  @ParameterizedTest
  @MethodSource("cases")
  void shardsEqualUnshardedExperts(Placement placement, FeedForwardExperts.Spec spec, String form) {
    Map<String, float[]> whole = computed(spec.build(DIM, EXPERTS, SEED), form);
    Map<String, float[]> shards =
        computed(new ShardedExperts.Spec(spec, placement).build(DIM, EXPERTS, SEED), form);
    assertEquals(List.copyOf(whole.keySet()), List.copyOf(shards.keySet()));
    whole.forEach((name, numbers) -> assertArrayEquals(numbers, shards.get(name), name));
  }

  /**
   * For odd widths, the library's summation order depends on the number of matrices and their
   * alignment: equal up to rounding.
   */
  @Test
  void oddWidthsDifferByRounding() {
    FeedForwardExperts.Spec spec = new FeedForwardExperts.Spec(7, Activation.SWIGLU, true, 0);
    for (Placement placement :
        List.of(
            Placement.even(EXPERTS, List.of(HOME, OTHER)),
            Placement.even(EXPERTS, List.of(HOME, OTHER, THIRD)))) {
      for (String form : List.of("grouped", "slots", "soft")) {
        Map<String, float[]> whole = computed(spec.build(DIM, EXPERTS, SEED), form);
        Map<String, float[]> shards =
            computed(new ShardedExperts.Spec(spec, placement).build(DIM, EXPERTS, SEED), form);
        whole.forEach(
            (name, numbers) -> {
              float[] found = Objects.requireNonNull(shards.get(name), name);
              float largest = 0; // a lower bound of the summands
              for (float number : numbers) {
                largest = Math.max(largest, Math.abs(number));
              }
              assertArrayEquals(numbers, found, 1e-6f * largest, name);
            });
      }
    }
  }

  @Test
  void eachDeviceHasOnlyItsExperts() {
    Placement placement = Placement.of(EXPERTS, ordered(List.of(4), List.of(0, 3), List.of(1, 2)));
    FeedForwardExperts.Spec spec = FeedForwardExperts.Spec.swiglu(8);
    Experts experts = new ShardedExperts.Spec(spec, placement).build(DIM, EXPERTS, SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    assertEquals(6, experts.getParameters().size());
    NamedTensor in = NamedTensor.of(experts).get(0);
    assertEquals("experts/in", in.name());
    assertEquals(new Shape(EXPERTS, DIM, 16), in.shape());
    assertEquals(List.of(HOME, OTHER, THIRD), in.pieces().stream().map(p -> p.device()).toList());
    assertEquals(
        List.of(ImmutableIntArray.of(4), ImmutableIntArray.of(0, 3), ImmutableIntArray.of(1, 2)),
        in.pieces().stream().map(p -> p.rows()).toList());
    assertEquals(new Shape(2, DIM, 16), in.pieces().get(1).parameter().getArray().getShape());
  }

  @Test
  void transfersAreCopiedAndCounted() {
    Placement placement = Placement.even(EXPERTS, List.of(HOME, OTHER, THIRD)); // 2, 2, 1
    Transport checking =
        (rows, there, device) -> {
          NDArray copy = Transport.direct().copy(rows, there, device);
          assertNotSame(rows, copy);
          float before = rows.toFloatArray()[0];
          copy.stopGradient().muli(scope.manager().create(2f)); // shares the copy's memory
          assertEquals(before, rows.toFloatArray()[0], "the original changed");
          return copy;
        };
    Experts experts =
        new ShardedExperts.Spec(FeedForwardExperts.Spec.relu(8), placement, checking)
            .build(DIM, EXPERTS, SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    DispatchPlan plan = plan("grouped");
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope.manager(), false), DRAWS);
    NDArray tokens = scope.manager().ones(new Shape(CHOICES.length, DIM)); // (T, D)
    experts.forward(recording, plan.dispatch(tokens), plan, false, DRAWS);
    // Experts 2 and 3 have two rows and expert 4 three, of 16 elements of 4 bytes, sent and
    // returned.
    assertEquals(Map.of("experts", 2L * (2 + 3) * 16 * 4), recording.movedBytes());
  }

  /** An allocation that fails on any machine, during the transfer to the third device. */
  @Test
  void outOfMemoryReportsDeviceAndBytes() {
    Transport greedy =
        (rows, there, device) -> {
          if (device.equals(THIRD)) {
            scope.manager().zeros(new Shape(1L << 44)).close();
          }
          return Transport.direct().copy(rows, there, device);
        };
    Placement placement = Placement.even(EXPERTS, List.of(HOME, OTHER, THIRD));
    Experts experts =
        new ShardedExperts.Spec(FeedForwardExperts.Spec.relu(8), placement, greedy)
            .build(DIM, EXPERTS, SEED);
    experts.initialize(scope.manager(), DataType.FLOAT32);
    float[] before = bytes(experts);
    DispatchPlan plan = plan("slots");
    NDArray rows = plan.dispatch(scope.manager().ones(new Shape(CHOICES.length, DIM)));
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    DeviceException error =
        assertThrows(DeviceException.class, () -> experts.forward(ps, rows, plan, false, DRAWS));
    assertEquals(
        "experts: device cpu:2 is out of memory while allocating 70368744177664 bytes",
        error.getMessage());
    assertEquals(1L << 46, error.bytes().orElse(0));
    assertArrayEquals(before, bytes(experts)); // the other devices are unchanged
  }

  private static float[] bytes(Experts experts) {
    NDList arrays = new NDList();
    experts.getParameters().values().forEach(p -> arrays.add(p.getArray().flatten()));
    return ai.djl.ndarray.NDArrays.concat(arrays, 0).toFloatArray();
  }
}
