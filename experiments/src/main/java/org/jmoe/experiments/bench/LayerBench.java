package org.jmoe.experiments.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.function.Function;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Times one layer against the bare products inside it, in turns, and keeps the minima. */
public final class LayerBench {
  private final LayerCase layerCase;
  private final int rounds;

  /** A measurement of so many rounds. */
  public LayerBench(LayerCase layerCase, int rounds) {
    this.layerCase = layerCase;
    this.rounds = rounds;
  }

  /** Measures. */
  public LayerTimes run() {
    Seed seed = Seed.of(1);
    try (NDManager manager = NDManager.newBaseManager()) {
      MoeLayer layer = layerCase.layer().build(layerCase.dim(), seed.child("moe"));
      layer.initialize(manager, DataType.FLOAT32, new Shape(1, layerCase.dim()));
      NDArray like = manager.zeros(new Shape(layerCase.tokens(), layerCase.dim()));
      NDArray tokens = Ops.normal(like, seed.child("tokens")); // (T, D)
      Floor floor = new Floor(layerCase, layer, tokens);
      Function<NDArray, NDArray> whole =
          x ->
              layer
                  .forward(
                      new RecordingStore(
                              new ParameterStore(x.getManager(), false),
                              seed,
                              layerCase.precision())
                          .with(layerCase.strategy()),
                      new NDList(x),
                      true)
                  .head();
      double[] least = new double[4];
      java.util.Arrays.fill(least, Double.POSITIVE_INFINITY);
      for (int round = 0; round < rounds + 2; round++) {
        double[] times = {
          forward(whole, tokens),
          both(whole, tokens),
          forward(floor, floor.rows()),
          both(floor, floor.rows())
        };
        for (int i = 0; round >= 2 && i < 4; i++) { // the first rounds warm up
          least[i] = Math.min(least[i], times[i]);
        }
      }
      return new LayerTimes(least[0], least[1], least[2], least[3]);
    }
  }

  private static double forward(Function<NDArray, NDArray> work, NDArray input) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = input.getManager().newSubManager()) {
            NDArray x = input.reshape(input.getShape());
            x.attach(scope);
            long start = System.nanoTime();
            work.apply(x).close();
            return (System.nanoTime() - start) / 1e6;
          }
        });
  }

  private static double both(Function<NDArray, NDArray> work, NDArray input) {
    try (NDManager scope = input.getManager().newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray x = Ops.scale(input, 1); // a fresh leaf that wants its gradient
      x.attach(scope);
      x.setRequiresGradient(true);
      long start = System.nanoTime();
      collector.backward(work.apply(x));
      return (System.nanoTime() - start) / 1e6;
    }
  }

  /** The experts' products on input that lies as they need it, of the same counts. */
  private static final class Floor implements Function<NDArray, NDArray> {
    private final LayerCase layerCase;
    private final MoeLayer layer;
    private final NDArray rows; // (E, C, D) where balanced, else (N, D)
    private final NDArray counts; // (E)

    Floor(LayerCase layerCase, MoeLayer layer, NDArray tokens) {
      this.layerCase = layerCase;
      this.layer = layer;
      NDManager manager = tokens.getManager();
      long[] chosen =
          layerCase.skew().choices(layerCase.tokens(), layerCase.experts(), layerCase.k());
      Shape shape = new Shape(layerCase.tokens(), layerCase.k());
      NDArray choices = manager.create(chosen).reshape(shape); // (T, K)
      GroupedPlan plan = GroupedPlan.of(choices, manager.ones(shape), layerCase.experts());
      counts = plan.counts();
      NDArray sorted = plan.dispatch(tokens); // (N, D)
      long each = sorted.getShape().get(0) / layerCase.experts();
      rows =
          batched()
              ? sorted.reshape(layerCase.experts(), each, layerCase.dim()) // (E, C, D)
              : sorted;
    }

    private boolean batched() {
      return layerCase.skew() == Skew.BALANCED
          && layerCase.tokens() * layerCase.k() % layerCase.experts() == 0;
    }

    NDArray rows() {
      return rows;
    }

    @Override
    public NDArray apply(NDArray x) {
      NDArray none = x.getManager().zeros(new Shape(layerCase.experts(), 0));
      FeedForwardWeights weights =
          new FeedForwardWeights(
              layerCase.activation(),
              parameter("/in"),
              none,
              parameter("/out"),
              none,
              0,
              null,
              layerCase.precision(),
              ExpertStrategy.GROUPED);
      return batched() ? Ops.paddedExperts(x, weights) : Ops.groupedExperts(x, counts, weights);
    }

    private NDArray parameter(String end) {
      return layer.getParameters().values().stream()
          .filter(p -> p.getName().endsWith(end))
          .findFirst()
          .orElseThrow()
          .getArray();
    }
  }
}
