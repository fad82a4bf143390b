package org.jmoe.experts;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.SoftPlan;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;

/**
 * Tokens with given experts, computed through a plan or token by token, with gradients of {@code
 * sum y^2} with respect to tokens, weights and parameters.
 */
final class GivenChoices {
  static final Seed SEED = Seed.of(1).child("experts");
  private static final Seed DRAWS = Seed.of(5);
  private static final int SOFT_SLOTS = 2;

  private final long seed;
  private final int dim;
  private final int experts;
  private final int[][] choices; // (T, K)
  private final int slots; // per expert, if there is a capacity

  private GivenChoices(long seed, int dim, int experts, int[][] choices, int slots) {
    this.seed = seed;
    this.dim = dim;
    this.experts = experts;
    this.choices = choices;
    this.slots = slots;
  }

  /** Distribution of choices over experts. */
  enum Skew {
    BALANCED,
    ZIPF,
    ALL_TO_ONE
  }

  /** Form of the plan. */
  enum Form {
    GROUPED,
    SLOTS,
    SOFT
  }

  /** Creates a case of random size with a number of experts. */
  static GivenChoices of(long seed, Skew skew, int dim, int experts) {
    SplittableRandom random = new SplittableRandom(seed);
    int tokens = 1 + random.nextInt(20);
    int k = skew == Skew.ALL_TO_ONE ? 1 : 1 + random.nextInt(Math.min(3, experts));
    int one = random.nextInt(experts);
    int[][] choices = new int[tokens][k];
    for (int t = 0; t < tokens; t++) {
      int at = t;
      choices[t] =
          switch (skew) {
            case BALANCED -> IntStream.range(0, k).map(i -> (at * k + i) % experts).toArray();
            case ZIPF -> zipf(random, experts, k);
            case ALL_TO_ONE -> new int[] {one};
          };
    }
    return new GivenChoices(seed, dim, experts, choices, 1 + random.nextInt(tokens));
  }

  /** Samples k distinct experts with weights 1, 1/2, 1/3, .. */
  private static int[] zipf(SplittableRandom random, int experts, int k) {
    double[] keys = random.doubles(experts).toArray(); // exponential races
    for (int e = 0; e < experts; e++) {
      keys[e] = -Math.log(1 - keys[e]) * (e + 1);
    }
    return IntStream.range(0, experts)
        .boxed()
        .sorted((a, b) -> Double.compare(keys[a], keys[b]))
        .limit(k)
        .mapToInt(e -> e)
        .toArray();
  }

  /** Returns outputs and gradients by name. */
  Map<String, double[]> through(NDManager manager, ExpertsSpec spec, DataType type, Form form) {
    return computed(manager, spec, type, form, false, Precision.FLOAT32);
  }

  /** As above, in a precision. */
  Map<String, double[]> through(
      NDManager manager, ExpertsSpec spec, Form form, Precision precision) {
    return computed(manager, spec, DataType.FLOAT32, form, false, precision);
  }

  /** Returns the expected values, computed in float64 loops. */
  Map<String, double[]> looped(NDManager manager, ExpertsSpec spec, Form form) {
    return computed(manager, spec, DataType.FLOAT64, form, true, Precision.FLOAT32);
  }

  private Map<String, double[]> computed(
      NDManager manager,
      ExpertsSpec spec,
      DataType type,
      Form form,
      boolean loop,
      Precision precision) {
    Experts built = spec.build(dim, experts, SEED);
    built.initialize(manager, type);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put("tokens", random(manager, type, "tokens", choices.length, dim)); // (T, D)
    arrays.put("weights", random(manager, type, "weights", choices.length, choices[0].length));
    for (NamedTensor tensor : NamedTensor.of(built)) {
      NDArray array = tensor.pieces().get(0).parameter().getArray();
      if (tensor.type() == Parameter.Type.BIAS) { // zeros would hide errors
        array.addi(random(manager, type, tensor.name(), array.getShape().getShape()));
      }
      arrays.put(tensor.name(), array);
    }
    arrays.values().forEach(array -> array.setRequiresGradient(true));
    Map<String, double[]> numbers = new LinkedHashMap<>();
    NDArray x = Objects.requireNonNull(arrays.get("tokens"));
    NDArray w = Objects.requireNonNull(arrays.get("weights"));
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray y = loop ? loop(spec, arrays, form) : planned(built, x, w, form, precision);
      numbers.put("outputs", Tensors.doubles(y));
      collector.backward(y.mul(y).sum());
    }
    arrays.forEach((name, array) -> numbers.put(name, Tensors.doubles(array.getGradient())));
    return numbers;
  }

  private NDArray random(NDManager manager, DataType type, String name, long... shape) {
    int size = Math.toIntExact(new Shape(shape).size());
    double[] values = Tensors.random(Seed.of(seed).child(name).value(), size);
    return Tensors.of(manager, type, values, shape);
  }

  private NDArray planned(
      Experts built, NDArray x, NDArray weights, Form form, Precision precision) {
    ParameterStore ps =
        new RecordingStore(new ParameterStore(x.getManager(), false), DRAWS, precision);
    NDArray chosen = Tensors.of(x.getManager(), choices); // (T, K)
    DispatchPlan plan =
        switch (form) {
          case GROUPED -> GroupedPlan.of(chosen, weights, experts);
          case SLOTS ->
              SlotPlan.of(
                  chosen,
                  DropOrder.K_MAJOR.rank(chosen, weights.stopGradient(), DRAWS),
                  weights,
                  experts,
                  slots);
          case SOFT -> new SoftPlan(mix(x, "toSlots"), mix(x, "toTokens"));
        };
    NDArray rows = plan.dispatch(built.projectIn(ps, x, true));
    NDArray outputs = built.forward(ps, rows, plan, true, DRAWS);
    return built.projectOut(ps, plan.combine(outputs), true); // (T, D)
  }

  private NDArray mix(NDArray x, String name) {
    return random(
        x.getManager(), x.getDataType(), name, choices.length, experts, SOFT_SLOTS); // (T, E, C)
  }

  private NDArray loop(ExpertsSpec spec, Map<String, NDArray> arrays, Form form) {
    PlainLoop plain = new PlainLoop(arrays);
    NDArray x = Objects.requireNonNull(arrays.get("tokens"));
    NDArray w = Objects.requireNonNull(arrays.get("weights"));
    NDArray y = x.sub(x); // (T, D)
    for (NDArray array : arrays.values()) {
      y = y.add(array.sub(array).sum()); // a zero gradient for unused parameters
    }
    NDList rows = new NDList();
    if (form == Form.SOFT) {
      NDArray outputs = x.getManager().zeros(new Shape(choices.length, dim), x.getDataType());
      for (int e = 0; e < experts; e++) {
        for (int c = 0; c < SOFT_SLOTS; c++) {
          String only = ":, %d, %d".formatted(e, c);
          NDArray in = mix(x, "toSlots").get(only).expandDims(0).matMul(x); // (1, D)
          NDArray out = plain.of(spec, SEED.path(), e, in); // (1, D)
          outputs = outputs.add(mix(x, "toTokens").get(only).expandDims(1).matMul(out)); // (T, D)
        }
      }
      return y.add(outputs);
    }
    boolean[][] kept = kept(form);
    for (int t = 0; t < choices.length; t++) {
      NDArray row = y.get("%d:%d".formatted(t, t + 1)); // (1, D)
      for (int k = 0; k < choices[t].length; k++) {
        if (kept[t][k]) {
          NDArray in = x.get("%d:%d".formatted(t, t + 1)); // (1, D)
          row = row.add(plain.of(spec, SEED.path(), choices[t][k], in).mul(w.get(t, k)));
        }
      }
      rows.add(row);
    }
    // DJL's concat cuts the gradient of a single array.
    return rows.size() == 1 ? rows.head() : NDArrays.concat(rows, 0); // (T, D)
  }

  private boolean[][] kept(Form form) {
    int capacity = form == Form.SLOTS ? slots : choices.length * choices[0].length;
    int[] served = // k-major
        ReferenceMoe.byPriority(
            DropOrder.K_MAJOR, new double[choices.length][choices[0].length], new double[0]);
    return ReferenceMoe.kept(choices, ReferenceMoe.ranks(choices, served), capacity);
  }

  /** Returns the experts without choices. */
  int[] idle() {
    return IntStream.range(0, experts)
        .filter(e -> Arrays.stream(choices).flatMapToInt(Arrays::stream).noneMatch(c -> c == e))
        .toArray();
  }
}
