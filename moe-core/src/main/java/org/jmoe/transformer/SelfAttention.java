package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/** Self-attention within each sequence: (B, S, D) to (B, S, D). */
public abstract class SelfAttention extends ShapedBlock {
  /** Creates attention whose name is the path of the seed. */
  protected SelfAttention(Seed seed) {
    super(seed);
  }

  /**
   * Computes attention within each sequence.
   *
   * @param x (B, S, D)
   * @param side optional named arrays of shape (B, S): {@code padding} of boolean, true for
   *     padding; with {@link ModelSpec#documentMask} {@code documents} and {@code positions} of
   *     int64, the document index and position in the document of each token
   * @param cache of the preceding positions; null for none
   */
  protected abstract NDArray apply(
      ParameterStore ps, NDArray x, NDList side, @Nullable KvCache cache, boolean training);

  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(apply(ps, inputs.head(), inputs.subNDList(1), null, training));
  }
}
