package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;
import org.jspecify.annotations.Nullable;

/** Builds attention masks. */
final class AttentionMask {
  private AttentionMask() {}

  /**
   * Returns a mask, or null if no mask or the engine's causal flag is sufficient.
   *
   * @param q (B, H, S, dh)
   * @param k (B, G, S', dh)
   * @param causal whether later keys are masked
   * @param window size of the sliding window, including the query's own position; 0 for unlimited
   * @param side {@code padding} and {@code documents}, (B, S) each, where there are any. Not
   *     supported with a cache
   * @param always whether to build a mask even if every key is visible
   * @return (1 or B, 1, S, S') of boolean
   */
  static @Nullable NDArray of(
      NDArray q, NDArray k, boolean causal, int window, NDList side, boolean always) {
    NDArray padding = side.get("padding");
    NDArray documents = side.get(Documents.NAME);
    long queries = q.getShape().get(2);
    long keys = k.getShape().get(2);
    Preconditions.checkArgument(
        (padding == null && documents == null) || queries == keys,
        "padding and documents are not supported with a key/value cache");
    boolean narrow = window > 0 && window < keys;
    boolean plain = !causal || queries == keys || queries == 1;
    return always || narrow || padding != null || documents != null || !plain
        ? AttentionOps.attentionMask(
            q, new AttentionOps.Span(queries, keys, causal, window), padding, documents)
        : null;
  }
}
