package org.jmoe.models.family;

import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.GroupedAttentionBuilder;

/** Reads the sizes of grouped attention. */
public final class GroupedConfig {
  private GroupedConfig() {}

  /** Returns grouped attention without rotary positions. */
  public static GroupedAttentionBuilder plain(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    return GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
        .headDim(headDim(config));
  }

  /** Returns grouped attention with rotary positions in whole heads, in halves. */
  public static GroupedAttentionBuilder of(HubConfig config) {
    return plain(config).rotary(new RopeConfig(config).rotary(headDim(config), false));
  }

  /** Returns the width of a head. */
  public static int headDim(HubConfig config) {
    return Fields.headDim(
        config, config.size("hidden_size", 1), config.size("num_attention_heads", 1));
  }
}
