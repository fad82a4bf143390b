package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.AttentionOps;
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
   *     padding; with {@code ModelSpec.documentMask} {@code documents} and {@code positions} of
   *     int64, the document index and position in the document of each token
   * @param cache of the preceding positions; null for none
   */
  public abstract NDArray apply(
      ParameterStore ps, NDArray x, NDList side, @Nullable KvCache cache, boolean training);

  /** Returns {@code x w + b} in the precision of the pass; b may be null. */
  protected static NDArray linear(
      ParameterStore ps, NDArray x, Parameter weight, @Nullable Parameter bias, boolean training) {
    return AttentionOps.affine(
        x,
        value(ps, weight, x, training),
        bias == null ? null : value(ps, bias, x, training),
        RecordingStore.precision(ps));
  }

  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(apply(ps, inputs.head(), inputs.subNDList(1), null, training));
  }
}
