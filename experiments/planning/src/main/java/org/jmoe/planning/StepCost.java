package org.jmoe.planning;

import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.LayerGroup;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.ParameterCount;

/** Adds up what a step of a model costs on a cluster. */
record StepCost(ArchitectureSizes model, Cluster cluster, Workload workload, Layout layout) {
  /** A pass forward is one unit of products, a pass backward two. */
  private static final int FORWARD_AND_BACKWARD = 3;

  /**
   * How often a number that is kept crosses the memory's bus: written, read by the next operation,
   * read again in the backward pass, its gradient written and read. An estimate of our own.
   */
  private static final int CROSSINGS = 5;

  /**
   * The step's estimate.
   *
   * @param slowdown work of the device with the busiest experts over the mean
   */
  StepEstimate estimate(double slowdown) {
    long microBatches = layout.microBatches(workload);
    double tokens = (double) workload.sequences() * workload.sequence();
    double peak = workload.arithmetic().flops(cluster);
    return new StepEstimate(
        tokens,
        FORWARD_AND_BACKWARD * tokens * model.forwardFlops(workload.sequence()),
        peak * cluster.size(),
        microBatches * flops(slowdown) / (peak * workload.efficiency()),
        (microBatches * traffic(slowdown) + update()) / cluster.memoryBandwidth(),
        microBatches * allToAllSeconds() * slowdown,
        microBatches * tensorSeconds(slowdown),
        gradientSeconds(microBatches),
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

  /** Passes of products; computing again is one more forward pass. */
  private int passes() {
    return FORWARD_AND_BACKWARD + (layout.recompute() ? 1 : 0);
  }

  /** Of a device in a micro-batch. */
  private double flops(double slowdown) {
    double products = model.outputShare() * model.vocabulary() * model.dim();
    for (LayerGroup group : model.groups()) {
      MoeSize moe = group.moe();
      double routed = moe == null ? 0 : rows(group) * moe.active() * slowdown;
      products +=
          group.count() * group.share() * (group.denseProducts(workload.sequence()) + routed);
    }
    return 2 * products * local() * passes();
  }

  /** Bytes between a device and its memory in a micro-batch. */
  private double traffic(double slowdown) {
    int bytes = workload.arithmetic().bytes();
    // Each product reads its weights; the last backward one reads and writes their gradient.
    double weights =
        MemoryEstimate.held(model, layout, false)
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

  /** Bytes that the optimizer's update reads and writes. */
  private double update() {
    return workload.arithmetic().update()
        * MemoryEstimate.held(model, layout, workload.zero() >= 1);
  }

  /** Bytes of rows that one MoE layer gives away in a micro-batch, on average over such layers. */
  private double layerBytes() {
    return model.moeLayers() == 0 ? 0 : moved() / model.moeLayers();
  }

  /**
   * Bytes of rows that all layers give to experts and take back in a micro-batch, on average: there
   * and back in each pass (GShard, Lepikhin et al. 2020).
   */
  private double moved() {
    int trips = 2 * (2 + (layout.recompute() ? 1 : 0));
    double numbers = 0; // of a token
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
   * Megatron-LM's all-reduces (Shoeybi et al. 2019, section 3): one for attention and one for a
   * feed-forward of all tokens, in each pass; with sequence parallelism the same bytes. Slices of
   * an expert gather their rows and scatter the sums, on every trip to the experts.
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
   * Each replica's gradients are summed and scattered and what comes of them is gathered: gradients
   * again at stage 0, updated weights from stage 1 on. Stage 2 scatters after every micro-batch,
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
