package org.jmoe.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.layer.Adaptive;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * Updates the adaptive routers of a model once per optimizer step: call {@link #observe} after each
 * micro-batch and {@link #apply} once after the optimizer. Create a new instance for each step.
 */
public final class Adaptation implements AutoCloseable {
  private final Map<String, Adaptive> routers = new TreeMap<>();
  private final Map<String, NDArray> totals = new LinkedHashMap<>();
  private final NDManager manager;
  private int microBatches;

  /**
   * Creates an adaptation for the routers of a model.
   *
   * @param manager that outlives the micro-batches of the step
   */
  public Adaptation(Block model, NDManager manager) {
    this.manager = manager.newSubManager();
    collect(model);
  }

  private void collect(Block block) {
    if (block instanceof Adaptive adaptive) {
      routers.put(adaptive.path(), adaptive);
    }
    for (Pair<String, Block> child : block.getChildren()) {
      collect(child.getValue());
    }
  }

  /** Returns whether the model has no adaptive router. */
  public boolean isEmpty() {
    return routers.isEmpty();
  }

  /**
   * Accumulates the statistics of one micro-batch.
   *
   * @param layers signals of each MoE layer by its path, as returned by the recording store
   */
  public void observe(Map<String, RoutingSignals> layers) {
    microBatches++;
    layers.forEach(
        (layer, signals) -> {
          Adaptive router = routers.get(layer + "/router");
          if (router != null) {
            NDArray statistic = router.observe(signals).stopGradient();
            // Replicas observe on their own device.
            totals
                .merge(
                    router.path(), statistic, (total, more) -> total.add(Ops.moveTo(more, total)))
                .attach(manager);
          }
        });
  }

  /** Adapts each router that observed a micro-batch. */
  public void apply() {
    totals.forEach(
        (path, total) -> {
          Adaptive router = routers.get(path);
          if (router != null) {
            List<NDArray> all = router.pooled() ? ofClass(router.getClass()) : List.of(total);
            NDArray sum = // of the same shape
                all.stream().reduce((one, more) -> one.add(Ops.moveTo(more, one))).orElse(total);
            router.adapt(sum, microBatches * all.size());
          }
        });
  }

  /** Returns the totals of all routers of a class. */
  private List<NDArray> ofClass(Class<?> type) {
    return totals.entrySet().stream()
        .filter(e -> type.isInstance(routers.get(e.getKey())))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Frees the accumulated statistics. */
  @Override
  public void close() {
    manager.close();
  }
}
