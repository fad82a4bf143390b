package org.jmoe.app.bench;

import java.util.List;

/** Times one layer against its expert matmuls alone, interleaved, and keeps the minima. */
public final class LayerBench {
  private final LayerCase layerCase;
  private final int rounds;

  /**
   * Creates a benchmark.
   *
   * @param layerCase layer to time
   * @param rounds number of rounds to take minima of
   */
  public LayerBench(LayerCase layerCase, int rounds) {
    this.layerCase = layerCase;
    this.rounds = rounds;
  }

  /** Runs the benchmark. */
  public LayerTimes run() {
    try (LayerRig rig = new LayerRig(layerCase)) {
      double[] minima =
          InterleavedTimer.minima(
              rounds,
              List.of(
                  rig::forward, rig::forwardBackward, rig::matmuls, rig::matmulsForwardBackward));
      return new LayerTimes(minima[0], minima[1], minima[2], minima[3]);
    }
  }
}
