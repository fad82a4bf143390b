package org.jmoe.app.bench;

import java.util.List;

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
    try (LayerRig rig = new LayerRig(layerCase)) {
      double[] least =
          Turns.minima(
              rounds,
              List.of(
                  rig::forward, rig::forwardBackward, rig::products, rig::productsForwardBackward));
      return new LayerTimes(least[0], least[1], least[2], least[3]);
    }
  }
}
