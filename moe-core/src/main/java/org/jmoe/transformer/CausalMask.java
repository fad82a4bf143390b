package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;
import org.jspecify.annotations.Nullable;

/** What the queries of a pass see. */
final class CausalMask {
  private CausalMask() {}

  /**
   * The mask, or null where the engine's own causal form, or no mask at all, says the same.
   *
   * @param q (B, H, S, dh)
   * @param k (B, G, S', dh)
   * @param window positions back; 0 for all
   * @param padding (B, S) of boolean; null for none. Not with a cache
   * @param always whether a mask is needed even where it says nothing
   * @return (1 or B, 1, S, S') of boolean
   */
  static @Nullable NDArray of(
      NDArray q, NDArray k, int window, @Nullable NDArray padding, boolean always) {
    long queries = q.getShape().get(2);
    long keys = k.getShape().get(2);
    Preconditions.checkArgument(
        padding == null || queries == keys, "padding and a cache do not go together");
    boolean narrow = window > 0 && window < keys;
    boolean plain = queries == keys || queries == 1;
    return always || narrow || padding != null || !plain
        ? AttentionOps.visible(q, queries, keys, window, padding)
        : null;
  }
}
