package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jmoe.plan.DispatchPlan;
import org.jspecify.annotations.Nullable;

/**
 * Sees what each MoE layer of a pass computes while its arrays are alive, and may change it. Hooks
 * belong to one {@link RecordingStore}, so passes never affect each other.
 */
@FunctionalInterface
public interface LayerHook {
  /** Called after a layer; for hierarchical experts, inner layers come before the outer layer. */
  void computed(MoeLayer layer, LayerPass pass);

  /**
   * Returns the changes to the routing of a layer; null for none.
   *
   * @param layer path of the layer
   */
  default @Nullable RouterHook router(String layer) {
    return null;
  }

  /**
   * Changes the outputs of the experts before they are combined.
   *
   * @param layer path of the layer
   * @param outputs (N, L) or (E, C, L), as {@link DispatchPlan#dispatch} arranges them
   * @return outputs of the same shape
   */
  default NDArray outputs(String layer, DispatchPlan plan, NDArray outputs) {
    return outputs;
  }

  /** Returns a hook that applies this one first and then another to what this one left. */
  default LayerHook then(LayerHook next) {
    LayerHook first = this;
    return new LayerHook() {
      @Override
      public void computed(MoeLayer layer, LayerPass pass) {
        first.computed(layer, pass);
        next.computed(layer, pass);
      }

      @Override
      public @Nullable RouterHook router(String layer) {
        RouterHook a = first.router(layer);
        RouterHook b = next.router(layer);
        return a == null ? b : b == null ? a : a.then(b);
      }

      @Override
      public NDArray outputs(String layer, DispatchPlan plan, NDArray outputs) {
        return next.outputs(layer, plan, first.outputs(layer, plan, outputs));
      }
    };
  }
}
