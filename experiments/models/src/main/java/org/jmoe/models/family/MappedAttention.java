package org.jmoe.models.family;

import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;

/** Attention of a published family and the mapping of its tensors. */
public interface MappedAttention {
  /** Returns the settings. */
  AttentionSpec spec();

  /** Adds the tensors of a layer. */
  void add(DecoderTensors tensors, int layer);

  /** Returns grouped attention whose matrices are {@code q_proj}, {@code k_proj} and so on. */
  static MappedAttention of(GroupedAttention.Spec spec) {
    return new Grouped(spec);
  }

  /** Grouped attention with the usual names. */
  record Grouped(GroupedAttention.Spec spec) implements MappedAttention {
    @Override
    public void add(DecoderTensors tensors, int layer) {
      tensors.attention(layer, spec);
    }
  }
}
