package org.jmoe.models.hub;

import java.util.Objects;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;

/**
 * A model as published checkpoints describe it: without settings that apply only in training
 * (dropout, capacities, document masks, updates of router biases), with explicit head widths, and
 * with rotary angles in float32 as in Transformers.
 */
final class ServedModel {
  private ServedModel() {}

  static ModelSpec of(ModelSpec spec) {
    return spec.toBuilder()
        .extrapolates(true)
        .dropout(0)
        .documentMask(false)
        .blocks(spec.blocks().stream().map(block -> block(block, spec.dim())).toList())
        .build();
  }

  private static DecoderBlock.Spec block(DecoderBlock.Spec block, int dim) {
    AttentionSpec attention = attention(block.attention(), dim);
    MoeLayer.Spec moe = block.moe();
    return moe == null
        ? DecoderBlock.Spec.dense(attention, Objects.requireNonNull(block.feedForward()))
        : DecoderBlock.Spec.moe(attention, moe(moe));
  }

  private static AttentionSpec attention(AttentionSpec attention, int dim) {
    if (attention instanceof GroupedAttention.Spec grouped) {
      int width = grouped.headWidth(dim);
      boolean normed = grouped.norm() != QueryNorm.NONE;
      Rotary rotary = grouped.rotary();
      return GroupedAttention.Spec.builder(grouped.heads(), grouped.kvHeads())
          .headDim(width)
          .bias(grouped.bias(), grouped.outBias())
          .norm(grouped.norm(), normed ? grouped.epsilon() : 1)
          .clip(grouped.clip())
          .window(grouped.window())
          .sinks(grouped.sinks())
          .rotary(rotary == null ? null : rotary(rotary, width))
          .build();
    }
    return attention instanceof LatentAttention.Spec latent
        ? latent.withRotary(rotary(latent.rotary(), 0), latent.scoreFactor())
        : attention;
  }

  private static Rotary rotary(Rotary rotary, int head) {
    int width = rotary.width() == 0 ? head : rotary.width();
    return Rotary.upstream(width, rotary.base(), rotary.pairs(), rotary.scaling());
  }

  private static MoeLayer.Spec moe(MoeLayer.Spec moe) {
    SharedSpec shared = moe.shared();
    return new MoeLayer.Spec(
        moe.experts(),
        router(moe.router()),
        experts(moe.expert()),
        shared == null ? null : new SharedSpec(experts(shared.expert()), shared.mix()));
  }

  private static RouterSpec router(RouterSpec router) {
    RouterSpec dropless =
        router.capacity() == null ? router : router.withCapacity(Capacity.dropless());
    return dropless instanceof DeepSeekV3Router.Spec biased
        ? new DeepSeekV3Router.Spec(
            biased.k(),
            biased.groups(),
            biased.normalise(),
            biased.scalingFactor(),
            0,
            biased.capacity())
        : dropless;
  }

  private static ExpertsSpec experts(ExpertsSpec experts) {
    return experts instanceof FeedForwardExperts.Spec plain
        ? new FeedForwardExperts.Spec(plain.hidden(), plain.activation(), plain.bias(), 0)
        : experts;
  }
}
