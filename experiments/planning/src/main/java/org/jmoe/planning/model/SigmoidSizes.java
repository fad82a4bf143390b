package org.jmoe.planning.model;

import java.util.Collections;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jspecify.annotations.Nullable;

/** Published models with the router of DeepSeek-V3 and without expert groups. */
final class SigmoidSizes {
  private SigmoidSizes() {}

  static NamedArchitecture glm45() {
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(96, 8)
            .headDim(128)
            .bias(true, false)
            .norm(QueryNorm.HEAD, 1e-5)
            .build();
    return NamedArchitectures.decoder(
        "glm-4.5",
        151552,
        5120,
        NamedArchitectures.denseFirst(
            3, 92, 12288, attention, moe(160, 2.5, NamedArchitectures.shared(1536))),
        new Published("355B", "32B", false, "Zeng et al. 2025 (GLM-4.5), table 1"));
  }

  static NamedArchitecture miniMaxM2() {
    GroupedAttention.Spec attention = NamedArchitectures.grouped(48, 8, 128, QueryNorm.ALL);
    return NamedArchitectures.decoder(
        "minimax-m2",
        200064,
        3072,
        Collections.nCopies(62, DecoderBlock.Spec.moe(attention, moe(256, 1, null))),
        new Published("230B", "10B", false, "model card and config.json of MiniMax-M2"));
  }

  /** Experts of width 1536, eight per token. */
  private static MoeLayer.Spec moe(int experts, double scale, @Nullable SharedSpec shared) {
    return new MoeLayer.Spec(
        experts,
        new DeepSeekV3Router.Spec(8, Groups.none(), true, scale, 0, Capacity.dropless()),
        FeedForwardExperts.Spec.swiglu(1536),
        shared);
  }
}
