package org.jmoe.experiments.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.TopKRouter;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.preset.RouterPresets;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Prints how long each published router takes from tokens to plan, and its share of a layer's
 * forward pass: T = 4096 tokens, D = 512, E = 64, k = 8 where the rule leaves it free, experts of
 * width 512.
 */
public final class RouterTimes {
  private static final int TOKENS = 4096;
  private static final int DIM = 512;
  private static final int EXPERTS = 64;
  private static final int K = 8;
  private static final int RUNS = 9;

  private final NDManager manager;
  private final ParameterStore store;
  private final NDArray tokens; // (T, D)
  private final RouterContext context;

  private RouterTimes(NDManager manager) {
    this.manager = manager;
    store = new ParameterStore(manager, false);
    tokens = Ops.normal(manager.zeros(new Shape(TOKENS, DIM)), Seed.of(1));
    context =
        RouterContext.of(true, Seed.of(2))
            .withTokenIds(manager.arange(0, TOKENS, 1, DataType.INT64));
  }

  /** Prints a Markdown table. */
  public static void main(String[] args) {
    try (NDManager manager = NDManager.newBaseManager()) {
      PrintStream out = System.out;
      NoGrad.get(
          () -> {
            new RouterTimes(manager).print(out);
            return true;
          });
    }
  }

  private void print(PrintStream out) {
    out.println("| layer | forward, ms | router, ms | share |\n|---|---|---|---|");
    share(out, "dropless", Capacity.dropless());
    share(out, "capacity factor 1.25", Capacity.factor(1.25));
    out.println("\n| router | ms |\n|---|---|");
    for (RouterPreset preset : RouterPresets.all()) {
      Router router = built(spec(preset));
      out.printf("| %s | %.1f |%n", preset.name(), median(() -> route(router)));
    }
  }

  private void share(PrintStream out, String name, Capacity capacity) {
    MoeLayer.Spec spec =
        new MoeLayer.Spec(
            EXPERTS, new TopKRouter.Spec(K, true, capacity), FeedForwardExperts.Spec.relu(512));
    MoeLayer layer = spec.build(DIM, Seed.of(3).child("moe"));
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
    Router router = built(spec.router());
    double forward = median(() -> layer.forward(store, new NDList(mine()), true));
    double routing = median(() -> route(router));
    out.printf(
        "| top-8 of 64, %s | %.1f | %.1f | %.1f %% |%n",
        name, forward, routing, 100 * routing / forward);
  }

  private static RouterSpec spec(RouterPreset preset) {
    Map<PresetField, Double> fields = new EnumMap<>(PresetField.class);
    if (preset.defaults().numbers().containsKey(PresetField.K)) {
      double own = preset.defaults().number(PresetField.K);
      fields.put(PresetField.K, own > 2 ? K : own);
    }
    Capacity capacity =
        preset.name().startsWith("expert-choice")
            ? Capacity.dropless().withRule(preset.rule(), 2, 2)
            : Capacity.dropless();
    return preset.spec(preset.values(fields, EXPERTS), capacity.withOrder(preset.order()));
  }

  private Router built(RouterSpec spec) {
    Router router = spec.build(DIM, EXPERTS, Seed.of(4).child("router"));
    router.initialize(manager, DataType.FLOAT32, new Shape(1, DIM));
    return router;
  }

  private void route(Router router) {
    router.route(store, mine(), context);
  }

  /** The tokens under the manager of the present run. */
  private NDArray mine() {
    NDArray copy = Ops.shift(tokens, 0);
    copy.attach(run);
    return copy;
  }

  private NDManager run = NDManager.newBaseManager();

  private double median(Runnable work) {
    double[] times = new double[RUNS];
    for (int i = -2; i < RUNS; i++) {
      try (NDManager own = manager.newSubManager()) {
        run = own;
        long start = System.nanoTime();
        work.run();
        times[Math.max(i, 0)] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(times);
    return times[RUNS / 2];
  }
}
