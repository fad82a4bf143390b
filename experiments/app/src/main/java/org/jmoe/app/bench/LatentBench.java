package org.jmoe.app.bench;

import com.google.common.base.Preconditions;
import java.util.List;

/** Times a layer of latent experts against the same without projections, in turns. */
public final class LatentBench {
  private final LayerCase whole;
  private final LayerCase latent;
  private final int rounds;

  /**
   * A measurement of so many rounds.
   *
   * @param width that the latent experts work in
   */
  public LatentBench(LayerCase whole, int width, int rounds) {
    Preconditions.checkArgument(
        width >= 1 && width <= whole.dim(),
        "a latent width is between 1 and the tokens' %s, not %s",
        whole.dim(),
        width);
    this.whole = whole;
    latent = whole.withLatent(width);
    this.rounds = rounds;
  }

  /** Measures; rows of milliseconds and of their ratio, forward and with the backward pass. */
  public List<BenchRow> run() {
    try (LayerRig before = new LayerRig(whole);
        LayerRig after = new LayerRig(latent)) {
      double[] least =
          Turns.minima(
              rounds,
              List.of(
                  before::forward,
                  before::forwardBackward,
                  after::forward,
                  after::forwardBackward));
      return List.of(
          row("forward", whole, least[0], "ms"),
          row("forward", latent, least[2], "ms"),
          row("forward, latent/whole", latent, least[2] / least[0], "1"),
          row("both passes", whole, least[1], "ms"),
          row("both passes", latent, least[3], "ms"),
          row("both passes, latent/whole", latent, least[3] / least[1], "1"));
    }
  }

  private static BenchRow row(String metric, LayerCase of, double value, String unit) {
    String sizes =
        "%d,%d,%d,%d,%d".formatted(of.tokens(), of.dim(), of.hidden(), of.experts(), of.k());
    String at = of.latent() == 0 ? sizes : sizes + " latent " + of.latent();
    return new BenchRow(metric, at, value, BenchRow.Goal.none(), unit);
  }
}
