package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Quantisation;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.ExpertsContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class QuantisedExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return contractSpec(Quantisation.INT8);
  }

  @Override
  protected void load(Experts experts) {
    loadNormal((QuantisedExperts) experts);
  }

  @Override
  protected long count(Experts experts) {
    return countWeights((QuantisedExperts) experts);
  }

  /** The contract for four bits. */
  @Nested
  final class OfFourBits extends ExpertsContract {
    @Override
    protected ExpertsSpec spec() {
      return contractSpec(Quantisation.NF4);
    }

    @Override
    protected void load(Experts experts) {
      loadNormal((QuantisedExperts) experts);
    }

    @Override
    protected long count(Experts experts) {
      return countWeights((QuantisedExperts) experts);
    }
  }

  private static ExpertsSpec contractSpec(Quantisation form) {
    return new QuantisedExperts.Spec(
        new FeedForwardExperts.Spec(7, Activation.SWIGLU, true, 0), form);
  }

  private static void loadNormal(QuantisedExperts experts) {
    try (NDManager manager = NDManager.newBaseManager()) {
      for (String side : List.of("in", "out")) {
        NDArray zeros = manager.zeros(experts.shape(side)); // (E, D, C) or (E, H, D)
        experts.load(side, Ops.normal(zeros, Seed.of(4).child(side)));
      }
    }
  }

  /** Counts the weights before quantization, and biases. */
  private static long countWeights(QuantisedExperts experts) {
    long biases =
        experts.getParameters().values().stream()
            .filter(parameter -> parameter.getName().endsWith("_bias"))
            .mapToLong(parameter -> parameter.getShape().size())
            .sum();
    return experts.shape("in").size() + experts.shape("out").size() + biases;
  }

  private static final int DIM = 10;
  private static final int EXPERTS = 3;

  @RegisterExtension final BatchScope scope = new BatchScope();

  private NDArray normal(String name, long... shape) {
    NDManager manager = scope.manager();
    return Ops.normal(manager.zeros(new Shape(shape)), Seed.of(4).child(name));
  }

  private static QuantisedExperts built(
      Quantisation form, Activation activation, boolean bias, NDManager manager) {
    QuantisedExperts experts =
        (QuantisedExperts)
            new QuantisedExperts.Spec(new FeedForwardExperts.Spec(7, activation, bias, 0), form)
                .build(DIM, EXPERTS, Seed.of(1).child("q"));
    experts.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
    return experts;
  }

  @Test
  void rowsAreScaledByTheirMaximum() {
    NDArray stack = normal("w", EXPERTS, DIM, 7); // (E, D, C)
    QuantisedExperts experts = built(Quantisation.INT8, Activation.GELU, false, scope.manager());
    experts.load("in", stack);
    float[] w = stack.toFloatArray();
    float[] found = experts.dequantise("in", scope.manager()).toFloatArray();
    for (int e = 0; e < EXPERTS; e++) {
      for (int c = 0; c < 7; c++) {
        double largest = 0;
        for (int d = 0; d < DIM; d++) {
          largest = Math.max(largest, Math.abs(w[(e * DIM + d) * 7 + c]));
        }
        double scale = largest / 127;
        for (int d = 0; d < DIM; d++) {
          int i = (e * DIM + d) * 7 + c;
          assertEquals(Math.rint(w[i] / scale) * scale, found[i], 1e-5 + 1e-3 * scale);
        }
      }
    }
  }

  /** Rounds to the nearest of the 16 levels, with scales that are themselves rounded. */
  @Test
  void blocksAreRoundedToTheNearestLevel() {
    double[] levels = { // QLoRA, appendix E
      -1,
      -0.6961928009986877,
      -0.5250730514526367,
      -0.39491748809814453,
      -0.28444138169288635,
      -0.18477343022823334,
      -0.09105003625154495,
      0,
      0.07958029955625534,
      0.16093020141124725,
      0.24611230194568634,
      0.33791524171829224,
      0.44070982933044434,
      0.5626170039176941,
      0.7229568362236023,
      1
    };
    int inputs = 70; // and 30 outputs: 2100 weights, 33 blocks
    NDArray stack = normal("w", 1, inputs, 30);
    var codes = Quantisation.NF4.of(stack);
    assertArrayEquals(new long[] {1, 33 * 32}, codes.get(0).getShape().getShape());
    assertArrayEquals(Quantisation.NF4.codes(inputs, 30), new long[] {33 * 32});
    NDArray like = scope.manager().zeros(new Shape(0));
    float[] found =
        Quantisation.NF4
            .dequantise(like, codes.get(0), codes.get(1), codes.get(2), inputs, 30)
            .toFloatArray();
    float[] w = stack.toFloatArray();
    double[] order = new double[inputs * 30]; // output-major, as in blocks
    double[] restored = new double[order.length];
    for (int d = 0; d < inputs; d++) {
      for (int c = 0; c < 30; c++) {
        order[c * inputs + d] = w[d * 30 + c];
        restored[c * inputs + d] = found[d * 30 + c];
      }
    }
    for (int block = 0; block * 64 < order.length; block++) {
      int end = Math.min(order.length, block * 64 + 64);
      double[] part = Arrays.copyOfRange(order, block * 64, end);
      double largest = Arrays.stream(part).map(Math::abs).max().orElseThrow();
      for (int i = 0; i < part.length; i++) {
        double share = part[i] / largest;
        double nearest =
            Arrays.stream(levels)
                .boxed()
                .min(java.util.Comparator.comparingDouble(l -> Math.abs(l - share)))
                .orElseThrow();
        // The block scale is off by at most half of 1/127 of the largest deviation from the mean
        // scale.
        assertEquals(nearest * largest, restored[block * 64 + i], 0.02 * largest);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, SWIGLU, false",
    "INT8, CLAMPED_SWIGLU, true",
    "NF4, SWIGLU, false",
    "NF4, RELU, true",
  })
  void equalsExpertsWithDequantizedWeights(Quantisation form, Activation kind, boolean bias) {
    NDManager manager = scope.manager();
    QuantisedExperts experts = built(form, kind, bias, manager);
    FeedForwardExperts.Spec spec = new FeedForwardExperts.Spec(7, kind, bias, 0);
    Experts plain = spec.build(DIM, EXPERTS, Seed.of(1).child("q"));
    plain.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
    for (var parameter : plain.getParameters().values()) {
      String side = parameter.getName().substring(2);
      NDArray value = parameter.getArray();
      if (side.endsWith("bias")) {
        NDArray drawn = normal(side, value.getShape().getShape());
        FusedUpdates.copyAll(java.util.List.of(value), java.util.List.of(drawn));
        experts.getParameters().values().stream()
            .filter(p -> p.getName().equals(parameter.getName()))
            .forEach(
                p ->
                    FusedUpdates.copyAll(
                        java.util.List.of(p.getArray()), java.util.List.of(drawn)));
      } else {
        experts.load(side, value);
        NDArray restored = experts.dequantise(side, manager);
        FusedUpdates.copyAll(java.util.List.of(value), java.util.List.of(restored));
      }
    }
    NDArray tokens = normal("x", 40, DIM); // (T, D)
    long[] chosen = new Random(3).longs(40, 0, 2).toArray(); // the last expert is idle
    NDArray choices = manager.create(chosen).reshape(40, 1); // (T, 1)
    NDArray weights = manager.ones(new Shape(40, 1));
    NDArray ranks = ExpertOps.rank(choices, manager.arange(40).toType(DataType.INT64, false));
    for (DispatchPlan plan :
        new DispatchPlan[] {
          GroupedPlan.of(choices, weights, EXPERTS),
          SlotPlan.of(choices, ranks, weights, EXPERTS, 4),
          SlotPlan.of(choices, ranks, weights, EXPERTS, 30)
        }) {
      ParameterStore ps = new ParameterStore(manager, false);
      NDArray rows = plan.dispatch(tokens);
      NDArray expected = NoGrad.get(() -> plain.forward(ps, rows, plan, false, Seed.of(1)));
      NDArray found = NoGrad.get(() -> experts.forward(ps, rows, plan, false, Seed.of(1)));
      assertEquals(expected.getShape(), found.getShape());
      assertArrayEquals(expected.toFloatArray(), found.toFloatArray(), 2e-5f);
    }
  }

  /** Single aligned rows use a bfloat16 kernel with an 8-bit significand. */
  @Test
  void singleRowsUseTheInt8Kernel() {
    NDManager manager = scope.manager();
    FeedForwardExperts.Spec spec = new FeedForwardExperts.Spec(96, Activation.SWIGLU, false, 0);
    Seed seed = Seed.of(1).child("q");
    QuantisedExperts experts =
        (QuantisedExperts)
            new QuantisedExperts.Spec(spec, Quantisation.INT8).build(64, EXPERTS, seed);
    Experts plain = spec.build(64, EXPERTS, seed);
    experts.initialize(manager, DataType.FLOAT32, new Shape(1, 64));
    plain.initialize(manager, DataType.FLOAT32, new Shape(1, 64));
    for (var parameter : plain.getParameters().values()) {
      String side = parameter.getName().substring(2);
      experts.load(side, parameter.getArray());
      FusedUpdates.copyAll(
          java.util.List.of(parameter.getArray()),
          java.util.List.of(experts.dequantise(side, manager)));
    }
    NDArray choices = manager.create(new long[] {2, 0}).reshape(2, 1);
    GroupedPlan plan = GroupedPlan.of(choices, manager.ones(new Shape(2, 1)), EXPERTS);
    ParameterStore ps = new ParameterStore(manager, false);
    NDArray rows = plan.dispatch(normal("x", 2, 64));
    float[] expected = NoGrad.get(() -> plain.forward(ps, rows, plan, false, seed)).toFloatArray();
    float[] found = NoGrad.get(() -> experts.forward(ps, rows, plan, false, seed)).toFloatArray();
    double largest = 0;
    for (float number : expected) {
      largest = Math.max(largest, Math.abs(number));
    }
    assertArrayEquals(expected, found, (float) (0.02 * largest));
    assertFalse(Arrays.equals(expected, found));
  }

  @ParameterizedTest
  @EnumSource(Quantisation.class)
  void gradientsPassThrough(Quantisation form) {
    NDManager manager = scope.manager();
    QuantisedExperts experts = built(form, Activation.SWIGLU, false, manager);
    experts.load("in", normal("in", EXPERTS, DIM, 14));
    experts.load("out", normal("out", EXPERTS, 7, DIM));
    NDArray x = normal("x", 6, DIM);
    x.setRequiresGradient(true);
    NDArray choices = manager.create(new long[] {0, 1, 2, 0, 1, 2}).reshape(6, 1);
    GroupedPlan plan = GroupedPlan.of(choices, manager.ones(new Shape(6, 1)), EXPERTS);
    ParameterStore ps = new ParameterStore(manager, false);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray rows = plan.dispatch(x);
      collector.backward(experts.forward(ps, rows, plan, true, Seed.of(1)).sum());
    }
    float[] gradient = x.getGradient().toFloatArray();
    double step = 1e-2;
    for (int i = 0; i < gradient.length; i += 7) {
      double slope = (sum(experts, x, plan, i, step) - sum(experts, x, plan, i, -step)) / 2 / step;
      assertEquals(slope, gradient[i], 0.02 * Math.max(1, Math.abs(slope)));
    }
    assertTrue(experts.getParameters().values().stream().noneMatch(p -> p.requiresGradient()));
  }

  private double sum(QuantisedExperts experts, NDArray x, GroupedPlan plan, int i, double by) {
    float[] numbers = x.toFloatArray();
    numbers[i] += (float) by;
    NDManager manager = scope.manager();
    NDArray moved = manager.create(numbers, x.getShape());
    ParameterStore ps = new ParameterStore(manager, false);
    return NoGrad.get(
        () -> Ops.sum(experts.forward(ps, plan.dispatch(moved), plan, true, Seed.of(1))));
  }

  /** Replaces the factors of rank 0. */
  private static final class WithFactors extends ParameterStore {
    private final Map<String, NDArray> factors;

    WithFactors(NDManager manager, Map<String, NDArray> factors) {
      super(manager, false);
      this.factors = factors;
    }

    @Override
    public NDArray getValue(Parameter parameter, Device device, boolean training) {
      NDArray given = factors.get(parameter.getName().substring(2)); // after q/
      return given == null ? super.getValue(parameter, device, training) : given;
    }
  }

  private Map<String, NDArray> factors(int rank, int columns) {
    Map<String, NDArray> factors = new LinkedHashMap<>();
    factors.put("in_down", normal("in_down", EXPERTS, DIM, rank));
    factors.put("in_up", normal("in_up", EXPERTS, rank, columns));
    factors.put("out_down", normal("out_down", EXPERTS, 7, rank));
    factors.put("out_up", normal("out_up", EXPERTS, rank, DIM));
    factors.values().forEach(factor -> factor.setRequiresGradient(true));
    return factors;
  }

  private NDArray sorted(long... counts) {
    long[] choices =
        LongStream.range(0, EXPERTS)
            .flatMap(e -> LongStream.generate(() -> e).limit(counts[(int) e]))
            .toArray();
    return scope.manager().create(choices).reshape(choices.length, 1); // (T, 1)
  }

  /**
   * Outputs and gradients equal those of float32 experts with weights W + A B, where W is
   * dequantized.
   */
  @ParameterizedTest
  @CsvSource({
    "INT8, SWIGLU, 3 0 4",
    "INT8, GELU, 1 1 1",
    "NF4, SWIGLU, 1 5 0",
    "NF4, CLAMPED_SWIGLU, 2 2 2",
  })
  void factorsHaveTheGradientsOfDequantizedExperts(
      Quantisation form, Activation kind, String rows) {
    NDManager manager = scope.manager();
    int columns = kind.columns(7);
    QuantisedExperts experts = built(form, kind, true, manager);
    experts.load("in", normal("in", EXPERTS, DIM, columns));
    experts.load("out", normal("out", EXPERTS, 7, DIM));
    long[] counts = Arrays.stream(rows.split(" ")).mapToLong(Long::parseLong).toArray();
    NDArray choices = sorted(counts);
    long tokens = choices.getShape().get(0);
    GroupedPlan plan = GroupedPlan.of(choices, manager.ones(choices.getShape()), EXPERTS);
    NDArray x = normal("x", tokens, DIM);
    x.setRequiresGradient(true);
    NDArray towards = normal("t", tokens, DIM); // (N, D), distinct weights for the outputs
    Map<String, NDArray> factors = factors(3, columns);

    float[] found;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray y =
          experts.forward(
              new WithFactors(manager, factors), plan.dispatch(x), plan, true, Seed.of(1));
      found = y.toFloatArray();
      collector.backward(y.mul(towards).sum());
    }
    Map<String, float[]> gradients = gradients(factors);
    float[] toRows = x.getGradient().toFloatArray();
    factors.values().forEach(factor -> factor.getGradient().subi(factor.getGradient()));
    x.getGradient().subi(x.getGradient());

    float[] expected;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray y =
          ExpertOps.groupedExperts(
              plan.dispatch(x),
              plan.counts(),
              FeedForwardWeights.of(
                  kind,
                  changed(experts, "in", factors),
                  manager.zeros(new Shape(EXPERTS, columns)),
                  changed(experts, "out", factors),
                  manager.zeros(new Shape(EXPERTS, DIM))));
      expected = y.toFloatArray();
      collector.backward(y.mul(towards).sum());
    }
    assertClose(expected, found, "y");
    ParameterStore ps = new WithFactors(manager, factors);
    NDArray rowsIn = plan.dispatch(x);
    NDArray alone = NoGrad.get(() -> experts.forward(ps, rowsIn, plan, false, Seed.of(1)));
    assertClose(expected, alone.toFloatArray(), "y without gradients");
    assertClose(x.getGradient().toFloatArray(), toRows, "x");
    gradients(factors)
        .forEach(
            (name, gradient) -> {
              float[] own = Objects.requireNonNull(gradients.get(name));
              assertClose(gradient, own, name);
              int each = own.length / EXPERTS;
              for (int e = 0; e < EXPERTS; e++) {
                float[] part = Arrays.copyOfRange(own, e * each, (e + 1) * each);
                boolean zero = Arrays.equals(part, new float[each]);
                assertEquals(counts[e] == 0, zero, name + " of expert " + e);
              }
            });
  }

  private NDArray changed(QuantisedExperts experts, String side, Map<String, NDArray> factors) {
    return TransformerOps.lowRank(
        scope.manager().zeros(new Shape(0)),
        experts.dequantise(side, scope.manager()),
        Objects.requireNonNull(factors.get(side + "_down")),
        Objects.requireNonNull(factors.get(side + "_up")),
        1);
  }

  private static Map<String, float[]> gradients(Map<String, NDArray> factors) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    factors.forEach((name, factor) -> gradients.put(name, factor.getGradient().toFloatArray()));
    return gradients;
  }

  /** Equal up to the order of float32 sums. */
  private static void assertClose(float[] expected, float[] found, String what) {
    double largest = 0;
    for (float number : expected) {
      largest = Math.max(largest, Math.abs(number));
    }
    assertTrue(largest > 0, what);
    assertArrayEquals(expected, found, (float) (1e-5 * largest), what);
  }

  @ParameterizedTest
  @EnumSource(Quantisation.class)
  void unusedFactorsHaveZeroGradients(Quantisation form) {
    NDManager manager = scope.manager();
    QuantisedExperts experts = built(form, Activation.SWIGLU, false, manager);
    experts.load("in", normal("in", EXPERTS, DIM, 14));
    experts.load("out", normal("out", EXPERTS, 7, DIM));
    NDArray counts = manager.zeros(new Shape(EXPERTS), DataType.INT64);
    NDArray none = manager.zeros(new Shape(0, 1), DataType.INT64);
    GroupedPlan plan = GroupedPlan.of(none, manager.zeros(new Shape(0, 1)), EXPERTS);
    assertArrayEquals(counts.toLongArray(), plan.counts().toLongArray());
    Map<String, NDArray> factors = factors(2, 14);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray rows = manager.zeros(new Shape(0, DIM));
      NDArray y =
          experts.forward(new WithFactors(manager, factors), rows, plan, true, Seed.of(1)); // (0,D)
      assertEquals(rows.getShape(), y.getShape());
      collector.backward(y.sum());
    }
    gradients(factors)
        .forEach((name, each) -> assertArrayEquals(new float[each.length], each, name));
  }
}
