package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import org.jmoe.block.Norm;
import org.jmoe.tensor.AttentionOps;
import org.jspecify.annotations.Nullable;

/**
 * Splits projected tokens into heads, with normalized and clipped queries and keys.
 *
 * @param queries of width dh or H dh; null for none
 * @param keys of width dh or G dh; null for none
 */
record HeadNorms(GroupedAttention.Spec spec, @Nullable Norm queries, @Nullable Norm keys) {
  /**
   * Returns queries (B, H, S, dh), keys and values (B, G, S, dh).
   *
   * @param all (B, S, (H + 2 G) dh)
   */
  NDList heads(ParameterStore ps, NDArray all, int headDim, boolean training) {
    int width = spec.heads() * headDim;
    int kvWidth = spec.kvHeads() * headDim;
    NDArray q = AttentionOps.columns(all, 0, width); // (B, S, H dh)
    NDArray k = AttentionOps.columns(all, width, kvWidth); // (B, S, G dh)
    NDArray v = AttentionOps.columns(all, width + kvWidth, kvWidth); // (B, S, G dh)
    return new NDList(
        split(ps, q, queries, spec.heads(), training),
        split(ps, k, keys, spec.kvHeads(), training),
        split(ps, v, null, spec.kvHeads(), training));
  }

  /** Normalizes, clips and splits into heads: (B, S, H dh) to (B, H, S, dh). */
  private NDArray split(
      ParameterStore ps, NDArray x, @Nullable Norm norm, int heads, boolean training) {
    NDArray normed = spec.norm() == QueryNorm.ALL ? normed(ps, norm, x, training) : x;
    NDArray clipped =
        Double.isFinite(spec.clip()) ? AttentionOps.clip(normed, spec.clip()) : normed;
    NDArray split = AttentionOps.splitHeads(clipped, heads);
    return spec.norm() == QueryNorm.HEAD ? normed(ps, norm, split, training) : split;
  }

  private static NDArray normed(
      ParameterStore ps, @Nullable Norm norm, NDArray x, boolean training) {
    return norm == null ? x : norm.apply(ps, x, training);
  }
}
