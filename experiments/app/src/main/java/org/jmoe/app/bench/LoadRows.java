package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.metrics.LoadReport;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.SlotPlan;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * P6, P7 and P8: padding and drops under a capacity limit, and load balance of an untrained top-k
 * router. Tokens are normal with a shared direction, as in text. Counts, not times.
 */
final class LoadRows {
  private static final double SHARED = 0.5; // weight of the direction that all tokens share

  private LoadRows() {}

  /** Returns the rows of each capacity factor in training; infinity for no limit. */
  static List<BenchRow> of(int tokens, int dim, int experts, int k, List<Double> factors) {
    try (NDManager scope = NDManager.newBaseManager()) {
      NDArray own = Ops.normal(scope.zeros(new Shape(tokens, dim)), Seed.of(1)); // (T, D)
      NDArray common = Ops.normal(scope.zeros(new Shape(1, dim)), Seed.of(2)); // (1, D)
      NDArray x = own.add(Ops.scale(common, SHARED)); // (T, D)
      List<BenchRow> rows = new ArrayList<>();
      for (double factor : factors) {
        rows.addAll(NoGrad.get(() -> of(x, experts, k, factor)));
      }
      return rows;
    }
  }

  private static List<BenchRow> of(NDArray x, int experts, int k, double factor) {
    long tokens = x.getShape().get(0);
    int dim = (int) x.getShape().get(1);
    Router router =
        new TopKRouter.Spec(k, true, Capacity.factor(factor)).build(dim, experts, Seed.of(3));
    router.initialize(x.getManager(), DataType.FLOAT32, new Shape(1, dim));
    Routing routing =
        router.route(
            new ParameterStore(x.getManager(), false), x, RouterContext.of(true, Seed.of(4)));
    LoadReport load = LoadReport.of("bench", routing.signals());
    double kept = load.kept().stream().sum();
    double places = // rows computed by the experts
        routing.plan() instanceof SlotPlan slots ? (double) experts * slots.capacity() : kept;
    String at =
        String.format(Locale.ROOT, "%d,%d,%d,%d capacity %s", tokens, dim, experts, k, factor);
    boolean dropless = Double.isInfinite(factor);
    Goal none = dropless ? Goal.atMost(0) : Goal.none();
    return List.of(
        new BenchRow("P6 padding waste", at, 1 - kept / places, none, "1"),
        new BenchRow("P7 drop rate", at, load.droppedShare(), none, "1"),
        new BenchRow("P8 load CV", at, load.variation(), Goal.none(), "1"),
        new BenchRow("P8 MaxVio", at, load.maxViolation(), Goal.none(), "1"),
        new BenchRow("P8 dead experts", at, load.deadExperts(), Goal.none(), "1"));
  }
}
