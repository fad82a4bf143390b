package org.jmoe.planning;

/**
 * Duration of collective operations limited by bandwidth alone: ring and pairwise algorithms
 * without latency, every link at its full rate.
 */
record Network(Cluster cluster) {
  /**
   * Returns the seconds of an all-to-all: every device of a group sends an equal part to each other
   * one; traffic inside and between nodes overlaps.
   *
   * @param bytes bytes per device, including the part it keeps
   * @param ways size of the group
   * @param stride distance between neighbouring ranks of the group
   */
  double allToAll(double bytes, int ways, int stride) {
    int near = near(ways, stride);
    double inside = bytes * (near - 1) / ways / cluster.intraNodeBandwidth();
    double outside = bytes * (ways - near) / ways / cluster.interNodeBandwidth();
    return Math.max(inside, outside);
  }

  /**
   * Returns the seconds of half a ring all-reduce: a reduce-scatter or an all-gather sends {@code
   * (n - 1) / n} of the bytes (Rajbhandari et al. 2020, section 7.1).
   *
   * @param bytes bytes of the entire buffer
   * @param ways size of the group
   * @param stride distance between neighbouring ranks of the group
   */
  double ring(double bytes, int ways, int stride) {
    int near = near(ways, stride);
    // Parallel rings through all devices of a node share its links to other nodes.
    double rate =
        ways <= near
            ? cluster.intraNodeBandwidth()
            : Math.min(cluster.intraNodeBandwidth(), near * cluster.interNodeBandwidth());
    return bytes * (ways - 1) / ways / rate;
  }

  /** Returns the devices of a group within one node. */
  private int near(int ways, int stride) {
    return Math.max(1, Math.min(ways, cluster.devicesPerNode() / stride));
  }
}
