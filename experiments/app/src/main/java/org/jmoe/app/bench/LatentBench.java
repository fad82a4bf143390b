package org.jmoe.app.bench;

import com.google.common.base.Preconditions;
import java.util.List;

/** Times a layer with latent experts against the same layer without projections, interleaved. */
public final class LatentBench {
  private final LayerCase full;
  private final LayerCase latent;
  private final int rounds;

  /**
   * Creates a benchmark.
   *
   * @param full layer without projections
   * @param width latent width of the experts
   * @param rounds number of rounds to take minima of
   */
  public LatentBench(LayerCase full, int width, int rounds) {
    Preconditions.checkArgument(
        width >= 1 && width <= full.dim(),
        "latent width is %s; use a width from 1 to the token width %s",
        width,
        full.dim());
    this.full = full;
    latent = full.withLatent(width);
    this.rounds = rounds;
  }

  /** Returns times in milliseconds and their ratio, for forward and for forward plus backward. */
  public List<BenchRow> run() {
    try (LayerRig before = new LayerRig(full);
        LayerRig after = new LayerRig(latent)) {
      double[] minima =
          InterleavedTimer.minima(
              rounds,
              List.of(
                  before::forward,
                  before::forwardBackward,
                  after::forward,
                  after::forwardBackward));
      return List.of(
          row("forward", full, minima[0], "ms"),
          row("forward", latent, minima[2], "ms"),
          row("forward, latent/full", latent, minima[2] / minima[0], "1"),
          row("both passes", full, minima[1], "ms"),
          row("both passes", latent, minima[3], "ms"),
          row("both passes, latent/full", latent, minima[3] / minima[1], "1"));
    }
  }

  private static BenchRow row(String metric, LayerCase of, double value, String unit) {
    String sizes =
        "%d,%d,%d,%d,%d".formatted(of.tokens(), of.dim(), of.hidden(), of.experts(), of.k());
    String at = of.latent() == 0 ? sizes : sizes + " latent " + of.latent();
    return new BenchRow(metric, at, value, BenchRow.Goal.none(), unit);
  }
}
