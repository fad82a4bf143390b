package org.jmoe.app.bench;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;

/** Compares a layer with its expert matmuls, with a dense layer and with other settings of it. */
final class LayerRows {
  private final int rounds;
  private final ExpertStrategy strategy;

  LayerRows(int rounds) {
    this(rounds, ExpertStrategy.CHEAPEST);
  }

  /**
   * Creates measurements of layers with a given strategy.
   *
   * @param rounds number of rounds to take minima of
   * @param strategy how the experts are computed
   */
  LayerRows(int rounds, ExpertStrategy strategy) {
    this.rounds = rounds;
    this.strategy = strategy;
  }

  private LayerCase sized(int tokens, int dim, int hidden, int experts, int k) {
    return LayerCase.of(tokens, dim, hidden, experts, k).with(strategy);
  }

  private static String name(LayerCase of) {
    return "%d,%d,%d,%d,%d".formatted(of.tokens(), of.dim(), of.hidden(), of.experts(), of.k());
  }

  /** P1, P4, P5 and P10: layer vs. expert matmuls, router share, and backward vs. forward. */
  List<BenchRow> parts(int tokens, int dim, int hidden, int experts, int k) {
    LayerCase of = sized(tokens, dim, hidden, experts, k);
    try (LayerRig rig = new LayerRig(of)) {
      double[] minima =
          InterleavedTimer.minima(
              rounds,
              List.of(
                  rig::forward,
                  rig::forwardBackward,
                  rig::matmuls,
                  rig::matmulsForwardBackward,
                  rig::router));
      double forward = minima[2] / minima[0];
      double router = minima[4] / minima[0];
      boolean large = (long) tokens * k / experts >= 64;
      String at = name(of);
      return List.of(
          new BenchRow("P1 forward", at, forward, large ? Goal.atLeast(0.90) : Goal.none(), "1"),
          new BenchRow(
              "P1 forward+backward",
              at,
              minima[3] / minima[1],
              large ? Goal.atLeast(0.88) : Goal.none(),
              "1"),
          new BenchRow("P4 router share", at, router, Goal.none(), "1"),
          new BenchRow("P5 dispatch and combine", at, 1 - forward - router, Goal.none(), "1"),
          new BenchRow(
              "P10 backward/forward",
              at,
              (minima[1] - minima[0]) / minima[0],
              Goal.atMost(2.3),
              "1"));
    }
  }

  /** P2: layer vs. a dense feed-forward of equal active width. */
  BenchRow denseRatio(int tokens, int dim, int hidden, int experts, int k) {
    LayerCase of = sized(tokens, dim, hidden, experts, k);
    double[] minima = forwards(List.of(of, sized(tokens, dim, hidden * k, 1, 1)), true);
    return new BenchRow("P2 layer/dense", name(of), minima[0] / minima[1], Goal.atMost(1.15), "1");
  }

  /** P3: throughput with 64 experts vs. 4. */
  BenchRow flatness(int tokens, int dim, int hidden, int k) {
    LayerCase many = sized(tokens, dim, hidden, 64, k);
    double[] minima = forwards(List.of(many, sized(tokens, dim, hidden, 4, k)), false);
    return new BenchRow(
        "P3 64 experts/4 experts", name(many), minima[1] / minima[0], Goal.atLeast(0.90), "1");
  }

  /** Small groups: best of the other strategies vs. the chosen one. */
  BenchRow smallGroups(int tokens, int dim, int hidden, int experts, int k, Skew skew) {
    LayerCase of = sized(tokens, dim, hidden, experts, k).with(skew);
    double[] minima =
        forwards(
            List.of(of, of.with(ExpertStrategy.GROUPED), of.with(ExpertStrategy.PADDED)), false);
    return new BenchRow(
        "small groups, best/chosen",
        name(of) + " " + skew,
        Math.min(minima[1], minima[2]) / minima[0],
        Goal.atLeast(0.95),
        "1");
  }

  /** Speedup of bfloat16 over float32, forward plus backward. */
  BenchRow bfloat16(int tokens, int dim, int hidden, int experts, int k) {
    LayerCase of = sized(tokens, dim, hidden, experts, k);
    try (LayerRig single = new LayerRig(of);
        LayerRig half = new LayerRig(of.with(Precision.BFLOAT16))) {
      double[] minima =
          InterleavedTimer.minima(rounds, List.of(single::forwardBackward, half::forwardBackward));
      return new BenchRow(
          "bfloat16 speed-up", name(of), minima[0] / minima[1], Goal.atLeast(1.8), "1");
    }
  }

  /** Returns forward minima; for the last case, optionally those of its expert matmuls alone. */
  private double[] forwards(List<LayerCase> cases, boolean lastMatmuls) {
    List<LayerRig> rigs = cases.stream().map(LayerRig::new).toList();
    try {
      List<InterleavedTimer.Timed> tasks = new ArrayList<>();
      for (LayerRig rig : rigs) {
        tasks.add(lastMatmuls && tasks.size() == rigs.size() - 1 ? rig::matmuls : rig::forward);
      }
      return InterleavedTimer.minima(rounds, tasks);
    } finally {
      rigs.forEach(LayerRig::close);
    }
  }
}
