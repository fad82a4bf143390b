package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.published.RouterPresets;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * JMH benchmark of a published router, from tokens to plan, and of the forward pass of a layer with
 * it: T = 4096 tokens, D = 512, E = 64, k = 8 unless the router fixes k, ReLU experts of width 512.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class RouterBenchmark {
  private static final int TOKENS = 4096;
  private static final int DIM = 512;
  private static final int EXPERTS = 64;
  private static final int K = 8;

  /** Preset name of the router. */
  @Param("mixtral")
  public String preset = "mixtral";

  private NDManager manager;
  private ParameterStore store;
  private NDArray tokens; // (T, D)
  private RouterContext context;
  private Router router;
  private MoeLayer layer;

  /** Runs the given presets, or all. */
  public static void main(String[] args) throws RunnerException {
    String[] presets =
        args.length > 0
            ? args
            : RouterPresets.all().stream().map(RouterPreset::name).toArray(String[]::new);
    new Runner(
            new OptionsBuilder()
                .include(RouterBenchmark.class.getName())
                .param("preset", presets)
                .build())
        .run();
  }

  /** Builds the router and the layer. */
  @Setup
  public void open() {
    manager = NDManager.newBaseManager();
    store = new ParameterStore(manager, false);
    tokens = Ops.normal(manager.zeros(new Shape(TOKENS, DIM)), Seed.of(1)); // (T, D)
    context =
        RouterContext.of(true, Seed.of(2))
            .withTokenIds(manager.arange(0, TOKENS, 1, DataType.INT64));
    RouterSpec spec = spec(RouterPresets.find(preset).orElseThrow());
    router = spec.build(DIM, EXPERTS, Seed.of(4).child("router"));
    router.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
    layer =
        new MoeLayer.Spec(EXPERTS, spec, FeedForwardExperts.Spec.relu(512))
            .build(DIM, Seed.of(3).child("moe"));
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
  }

  /** Closes both. */
  @TearDown
  public void close() {
    manager.close();
  }

  /** Routes the tokens. */
  @Benchmark
  public int route() {
    return within(x -> router.route(store, x, context).plan().experts());
  }

  /** Runs the layer forward. */
  @Benchmark
  public int layer() {
    NDList side = new NDList();
    NDArray ids = context.tokenIds();
    if (ids != null) {
      ids.setName("ids");
      side.add(ids);
    }
    return within(
        x -> {
          NDList inputs = new NDList(x);
          inputs.addAll(side);
          return layer.forward(store, inputs, true).size();
        });
  }

  /** Runs {@code work} without gradients on a copy of the tokens in a temporary manager. */
  private int within(java.util.function.ToIntFunction<NDArray> work) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            NDArray mine = Ops.shift(tokens, 0);
            mine.attach(scope);
            return work.applyAsInt(mine);
          }
        });
  }

  private static RouterSpec spec(RouterPreset preset) {
    Map<PresetField, Double> fields = new EnumMap<>(PresetField.class);
    if (preset.defaults().numbers().containsKey(PresetField.K)) {
      double own = preset.defaults().number(PresetField.K);
      fields.put(PresetField.K, own > 2 ? K : own);
    }
    Capacity capacity =
        preset.has(RouterTrait.EXPERTS_CHOOSE)
            ? Capacity.dropless().withRule(preset.rule(), 2, 2)
            : Capacity.dropless();
    return preset.spec(preset.values(fields, EXPERTS), capacity.withOrder(preset.order()));
  }
}
