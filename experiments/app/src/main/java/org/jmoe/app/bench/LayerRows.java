package org.jmoe.app.bench;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;

/** How a layer compares with the products inside it, with a dense one, and with itself. */
final class LayerRows {
  private final int rounds;
  private final ExpertStrategy strategy;

  LayerRows(int rounds) {
    this(rounds, ExpertStrategy.CHEAPEST);
  }

  /**
   * Rows of layers computed in a given way.
   *
   * @param strategy such as the slow loop, to see that it shows
   */
  LayerRows(int rounds, ExpertStrategy strategy) {
    this.rounds = rounds;
    this.strategy = strategy;
  }

  private LayerCase sized(int tokens, int dim, int hidden, int experts, int k) {
    return new LayerCase(
        tokens,
        dim,
        hidden,
        experts,
        k,
        Activation.SWIGLU,
        Precision.FLOAT32,
        Skew.BALANCED,
        strategy);
  }

  private static String name(LayerCase of) {
    return "%d,%d,%d,%d,%d".formatted(of.tokens(), of.dim(), of.hidden(), of.experts(), of.k());
  }

  /** P1, P4, P5 and P10: the layer against its products, the router's part, backward. */
  List<BenchRow> parts(int tokens, int dim, int hidden, int experts, int k) {
    LayerCase of = sized(tokens, dim, hidden, experts, k);
    try (LayerRig rig = new LayerRig(of)) {
      double[] least =
          Turns.minima(
              rounds,
              List.of(
                  rig::forward,
                  rig::forwardBackward,
                  rig::products,
                  rig::productsForwardBackward,
                  rig::router));
      double forward = least[2] / least[0];
      double router = least[4] / least[0];
      boolean large = (long) tokens * k / experts >= 64;
      String at = name(of);
      return List.of(
          new BenchRow("P1 forward", at, forward, large ? Goal.atLeast(0.90) : Goal.none(), "1"),
          new BenchRow(
              "P1 forward+backward",
              at,
              least[3] / least[1],
              large ? Goal.atLeast(0.88) : Goal.none(),
              "1"),
          new BenchRow("P4 router share", at, router, Goal.none(), "1"),
          new BenchRow("P5 dispatch and combine", at, 1 - forward - router, Goal.none(), "1"),
          new BenchRow(
              "P10 backward/forward", at, (least[1] - least[0]) / least[0], Goal.atMost(2.3), "1"));
    }
  }

  /** P2: a layer against a dense feed-forward of the width of all experts of a token. */
  BenchRow denseRatio(int tokens, int dim, int hidden, int experts, int k) {
    LayerCase of = sized(tokens, dim, hidden, experts, k);
    double[] least = forwards(List.of(of, sized(tokens, dim, hidden * k, 1, 1)), true);
    return new BenchRow("P2 layer/dense", name(of), least[0] / least[1], Goal.atMost(1.15), "1");
  }

  /** P3: the throughput at 64 experts against 4. */
  BenchRow flatness(int tokens, int dim, int hidden, int k) {
    LayerCase many = sized(tokens, dim, hidden, 64, k);
    double[] least = forwards(List.of(many, sized(tokens, dim, hidden, 4, k)), false);
    return new BenchRow(
        "P3 64 experts/4 experts", name(many), least[1] / least[0], Goal.atLeast(0.90), "1");
  }

  /** Small groups: the chosen strategy against the best of the others. */
  BenchRow smallGroups(int tokens, int dim, int hidden, int experts, int k, Skew skew) {
    LayerCase of = sized(tokens, dim, hidden, experts, k).with(skew);
    double[] least =
        forwards(
            List.of(of, of.with(ExpertStrategy.GROUPED), of.with(ExpertStrategy.PADDED)), false);
    return new BenchRow(
        "small groups, best/chosen",
        name(of) + " " + skew,
        Math.min(least[1], least[2]) / least[0],
        Goal.atLeast(0.95),
        "1");
  }

  /** How much faster bfloat16 is, forward and backward. */
  BenchRow bfloat16(int tokens, int dim, int hidden, int experts, int k) {
    LayerCase of = sized(tokens, dim, hidden, experts, k);
    try (LayerRig single = new LayerRig(of);
        LayerRig half = new LayerRig(of.with(Precision.BFLOAT16))) {
      double[] least =
          Turns.minima(rounds, List.of(single::forwardBackward, half::forwardBackward));
      return new BenchRow(
          "bfloat16 speed-up", name(of), least[0] / least[1], Goal.atLeast(1.8), "1");
    }
  }

  /** Forward minima; of the last case its bare products, if asked for. */
  private double[] forwards(List<LayerCase> cases, boolean lastBare) {
    List<LayerRig> rigs = cases.stream().map(LayerRig::new).toList();
    try {
      List<Turns.Timed> works = new ArrayList<>();
      for (LayerRig rig : rigs) {
        works.add(lastBare && works.size() == rigs.size() - 1 ? rig::products : rig::forward);
      }
      return Turns.minima(rounds, works);
    } finally {
      rigs.forEach(LayerRig::close);
    }
  }
}
