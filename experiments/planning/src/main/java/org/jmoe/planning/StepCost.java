package org.jmoe.planning;

import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.LayerGroup;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.ParameterCount;

/** Estimates the cost of a training step on a cluster. */
record StepCost(ArchitectureSizes model, Cluster cluster, Workload workload, Layout layout) {
  /** FLOPs of a forward and a backward pass in forward passes: the backward pass counts twice. */
  private static final int FORWARD_AND_BACKWARD = 3;

  /**
   * Memory accesses per kept activation element: written, read by the next operation, read again in
   * the backward pass, its gradient written and read. Our own estimate.
   */
  private static final int CROSSINGS = 5;

  /**
   * Returns the estimate for one step.
   *
   * @param slowdown expert work of the busiest device over the mean
   */
  StepEstimate estimate(double slowdown) {
    long microBatches = layout.microBatches(workload);
    double tokens = (double) workload.sequences() * workload.sequence();
    double peak = workload.arithmetic().flops(cluster);
    return new StepEstimate(
        new StepEstimate.Work(
            tokens,
            FORWARD_AND_BACKWARD * tokens * model.forwardFlops(workload.sequence()),
            peak * cluster.size()),
        new StepEstimate.Times(
            microBatches * flops(slowdown) / (peak * workload.efficiency()),
            (microBatches * traffic(slowdown) + update()) / cluster.memoryBandwidth(),
            microBatches * allToAllSeconds() * slowdown,
            microBatches * tensorSeconds(slowdown),
            gradientSeconds(microBatches)),
        microBatches * layerBytes() * (layout.experts() - 1) / layout.experts(),
        model.moeLayers());
  }

  private long local() {
    return layout.localTokens(workload.sequence());
  }

  private double rows(LayerGroup group) {
    MoeSize moe = group.moe();
    return moe == null ? 0 : workload.rows(moe, local());
  }

  /** Returns the number of forward-equivalent matmul passes; recomputation adds one. */
  private int passes() {
    return FORWARD_AND_BACKWARD + (layout.recompute() ? 1 : 0);
  }

  /** Matmul FLOPs per device and micro-batch. */
  private double flops(double slowdown) {
    double multiplyAdds = model.outputShare() * model.vocabulary() * model.dim();
    for (LayerGroup group : model.groups()) {
      MoeSize moe = group.moe();
      double routed = moe == null ? 0 : rows(group) * moe.active() * slowdown;
      multiplyAdds +=
          group.count() * group.share() * (group.denseMultiplyAdds(workload.sequence()) + routed);
    }
    return 2 * multiplyAdds * local() * passes();
  }

  /** Memory traffic per device and micro-batch, in bytes. */
  private double traffic(double slowdown) {
    int bytes = workload.arithmetic().bytes();
    // Every matmul reads its weights; the last backward pass also reads and writes their gradient.
    double weights =
        MemoryEstimate.resident(model, layout, false)
            * (bytes * (passes() - 1.0) + 2.0 * Arithmetic.GRADIENT);
    double kept = 0;
    for (LayerGroup group : model.groups()) {
      kept +=
          group.count()
              * group.share()
              * group.kept(model.dim(), rows(group) * slowdown, layout.slices());
    }
    int crossings = CROSSINGS + (layout.recompute() ? 2 : 0);
    return weights + kept * local() * bytes * crossings;
  }

  /** Bytes that the optimizer update reads and writes. */
  private double update() {
    return workload.arithmetic().update()
        * MemoryEstimate.resident(model, layout, workload.zero() >= 1);
  }

  /** Bytes per device that one MoE layer dispatches in a micro-batch, averaged over MoE layers. */
  private double layerBytes() {
    return model.moeLayers() == 0 ? 0 : moved() / model.moeLayers();
  }

  /**
   * Bytes per device that all layers dispatch and combine in a micro-batch, on average, for every
   * pass (GShard, Lepikhin et al. 2020).
   */
  private double moved() {
    int trips = 2 * (2 + (layout.recompute() ? 1 : 0));
    double numbers = 0; // per token
    for (LayerGroup group : model.groups()) {
      MoeSize moe = group.moe();
      numbers += moe == null ? 0 : group.count() * group.share() * rows(group) * moe.width();
    }
    return trips * numbers * local() * workload.arithmetic().bytes();
  }

  private double allToAllSeconds() {
    return new Network(cluster).allToAll(moved(), layout.experts(), layout.slices());
  }

  /**
   * Megatron-LM's all-reduces (Shoeybi et al. 2019, section 3): one for attention and one for the
   * dense feed-forward, in each pass; sequence parallelism moves the same bytes. Expert slices
   * all-gather their rows and reduce-scatter the sums on every dispatch.
   */
  private double tensorSeconds(double slowdown) {
    double reduces = 0;
    for (LayerGroup group : model.groups()) {
      reduces += group.count() * group.share() * (group.feedForward() > 0 ? 2 : 1);
    }
    double bytes = (double) local() * layout.tensor() * model.dim() * workload.arithmetic().bytes();
    int each = 2 * (2 + (layout.recompute() ? 1 : 0));
    Network network = new Network(cluster);
    return reduces * each * network.ring(bytes, layout.tensor(), 1)
        + network.ring(moved() * slowdown * layout.slices(), layout.slices(), 1);
  }

  /**
   * Gradient reduction and parameter gathering among replicas: all-reduced gradients at stage 0,
   * updated weights gathered from stage 1 on. Stage 2 reduce-scatters after every micro-batch,
   * stage 3 gathers weights before every pass (Rajbhandari et al. 2020, section 7).
   */
  private double gradientSeconds(long microBatches) {
    int bytes = workload.arithmetic().bytes();
    double each =
        switch (workload.zero()) {
          case 0 -> 2 * Arithmetic.GRADIENT;
          case 1 -> Arithmetic.GRADIENT + bytes;
          case 2 -> (double) microBatches * Arithmetic.GRADIENT + bytes;
          default ->
              (double) microBatches
                  * (Arithmetic.GRADIENT + (2 + (layout.recompute() ? 1 : 0)) * bytes);
        };
    ParameterCount count = model.parameters();
    int apart = layout.experts() * layout.slices();
    Network network = new Network(cluster);
    return network.ring(each * count.dense() / layout.tensor(), layout.data(), layout.tensor())
        + network.ring(each * count.routed() / apart, layout.replicas(), apart);
  }
}
