package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;
import org.jspecify.annotations.Nullable;

/** Which keys the queries of a pass see. */
final class AttentionMask {
  private AttentionMask() {}

  /**
   * The mask, or null where the engine's own causal form, or no mask at all, says the same.
   *
   * @param q (B, H, S, dh)
   * @param k (B, G, S', dh)
   * @param causal whether a query sees no later key
   * @param window how many positions away a query sees, its own included; 0 for all
   * @param padding (B, S) of boolean; null for none. Not with a cache
   * @param always whether a mask is needed even where every key is visible
   * @return (1 or B, 1, S, S') of boolean
   */
  static @Nullable NDArray of(
      NDArray q, NDArray k, boolean causal, int window, @Nullable NDArray padding, boolean always) {
    long queries = q.getShape().get(2);
    long keys = k.getShape().get(2);
    Preconditions.checkArgument(
        padding == null || queries == keys, "padding and a cache do not go together");
    boolean narrow = window > 0 && window < keys;
    boolean plain = !causal || queries == keys || queries == 1;
    return always || narrow || padding != null || !plain
        ? AttentionOps.attentionMask(q, queries, keys, causal, window, padding)
        : null;
  }
}
