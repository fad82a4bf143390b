package org.jmoe.models.published.dense;

import java.util.function.IntFunction;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.GroupedAttentionBuilder;

/** Layers with a gated feed-forward of three matrices. */
final class DenseLayers {
  private DenseLayers() {}

  static HubPlan plan(HubConfig config, IntFunction<GroupedAttention.Spec> attentions) {
    DecoderLayers layers = new DecoderLayers(config);
    for (int i = 0; i < Fields.layers(config); i++) {
      layers.dense(MappedAttention.of(attentions.apply(i)));
    }
    return layers.plan("no experts");
  }

  /** Returns grouped attention with rotary positions in whole heads. */
  static GroupedAttentionBuilder attention(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    int headDim = Fields.headDim(config, config.size("hidden_size", 1), heads);
    return GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
        .headDim(headDim)
        .rotary(new RopeConfig(config).rotary(headDim, false));
  }

  /**
   * Returns the sliding window of a layer of Qwen2 and Qwen3; 0 for full attention. Without {@code
   * layer_types}, the layers from {@code max_window_layers} on slide.
   */
  static int window(HubConfig config, int layer) {
    boolean used = config.flag("use_sliding_window") && config.has("sliding_window");
    int from = config.integer("max_window_layers", 0);
    int size = used ? config.integer("sliding_window", 1) : 0;
    config.ignore("sliding_window"); // without use_sliding_window
    boolean slides = Fields.isSliding(config, layer, used && layer >= from);
    if (slides && !used) {
      throw config.fault(
          "has sliding attention in layer %d but no window; set use_sliding_window and sliding_window"
              .formatted(layer));
    }
    return slides ? size : 0;
  }
}
