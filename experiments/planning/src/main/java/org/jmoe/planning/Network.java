package org.jmoe.planning;

/**
 * Seconds that collective operations take when nothing but bandwidth limits them: rings and pairs
 * without start-up time, every link at its full rate.
 */
record Network(Cluster cluster) {
  /**
   * Every device of a group sends an equal part to each other one; what stays in the node and what
   * leaves it travel at once.
   *
   * @param bytes that a device holds, the part for itself included
   * @param ways devices of the group
   * @param stride from one of them to the next
   */
  double allToAll(double bytes, int ways, int stride) {
    int near = near(ways, stride);
    double inside = bytes * (near - 1) / ways / cluster.intraNodeBandwidth();
    double outside = bytes * (ways - near) / ways / cluster.interNodeBandwidth();
    return Math.max(inside, outside);
  }

  /**
   * One half of a ring all-reduce: a reduce-scatter or an all-gather sends {@code (n - 1) / n} of
   * the bytes (Rajbhandari et al. 2020, section 7.1).
   *
   * @param bytes of the whole
   * @param ways devices of the group
   * @param stride from one of them to the next
   */
  double ring(double bytes, int ways, int stride) {
    int near = near(ways, stride);
    // Rings through every device of a node share its links to other nodes.
    double rate =
        ways <= near
            ? cluster.intraNodeBandwidth()
            : Math.min(cluster.intraNodeBandwidth(), near * cluster.interNodeBandwidth());
    return bytes * (ways - 1) / ways / rate;
  }

  /** Devices of a group that share a node. */
  private int near(int ways, int stride) {
    return Math.max(1, Math.min(ways, cluster.devicesPerNode() / stride));
  }
}
