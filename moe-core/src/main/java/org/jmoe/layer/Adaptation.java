package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.tensor.Ops;

/**
 * Gathers what the adaptive routers of a model are told during one optimizer step, and adapts them
 * at its end: {@link #observe} after each micro-batch, {@link #apply} once after the optimizer.
 * Make a new one for each step.
 */
public final class Adaptation implements AutoCloseable {
  private final Map<String, Adaptive> routers = new TreeMap<>();
  private final Map<String, NDArray> totals = new LinkedHashMap<>(); // (E) each
  private final NDManager manager;
  private int microBatches;

  /**
   * An adaptation of the routers inside a model.
   *
   * @param manager outlives the micro-batches of the step
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

  /** Whether the model has any router that adapts. */
  public boolean isEmpty() {
    return routers.isEmpty();
  }

  /**
   * Takes in one micro-batch.
   *
   * @param layers the signals of each MoE layer by its path, as a recording returns them
   */
  public void observe(Map<String, RoutingSignals> layers) {
    microBatches++;
    layers.forEach(
        (layer, signals) -> {
          Adaptive router = routers.get(layer + "/router");
          if (router != null) {
            NDArray told = router.observe(signals).stopGradient(); // (E)
            // Copies of a model on other devices tell there.
            totals
                .merge(router.path(), told, (total, more) -> total.add(Ops.moveTo(more, total)))
                .attach(manager);
          }
        });
  }

  /** Adapts every router that was told something. */
  public void apply() {
    totals.forEach(
        (path, total) -> {
          Adaptive router = routers.get(path);
          if (router != null) {
            router.adapt(total, microBatches);
          }
        });
  }

  /** Frees the sums. */
  @Override
  public void close() {
    manager.close();
  }
}
