package org.jmoe.experiments.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.transformer.AdaptedSpec;
import org.jmoe.transformer.DecoderSpec;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.TransformerSpec;
import org.jspecify.annotations.Nullable;

/**
 * More or fewer experts a token, or slots an expert, than a model was trained with.
 *
 * @param k experts a token; null for as many as it was
 * @param capacity factor of the slots in evaluation; null for what it was
 */
public record RoutingChange(@Nullable Integer k, @Nullable Double capacity) {
  /** Nothing changed. */
  public static RoutingChange none() {
    return new RoutingChange(null, null);
  }

  /**
   * A model's settings with the change in every MoE layer.
   *
   * @throws IllegalArgumentException when the model has no experts, or its router no such setting
   */
  public ModelSpec of(ModelSpec spec, RunJson json) {
    if (k == null && capacity == null) {
      return spec;
    }
    if (spec instanceof TransformerSpec own && own.moe() != null) {
      return own.withMoe(of(own.moe(), json));
    }
    if (spec instanceof DecoderSpec decoder && decoder.hasMoe()) {
      return of(decoder, json);
    }
    if (spec instanceof AdaptedSpec adapted) {
      return new AdaptedSpec(of(adapted.base(), json), adapted.lowRank());
    }
    throw new IllegalArgumentException("The model has no experts of which k could be changed.");
  }

  /** The same for a published model. */
  public DecoderSpec of(DecoderSpec spec, RunJson json) {
    if (k == null && capacity == null) {
      return spec;
    }
    ImmutableList.Builder<DecoderSpec.Layer> layers = ImmutableList.builder();
    for (DecoderSpec.Layer layer : spec.blocks()) {
      MoeLayer.Spec moe = layer.moe();
      layers.add(
          moe == null
              ? layer
              : new DecoderSpec.Layer(
                  layer.attention(), layer.hidden(), layer.activation(), of(moe, json)));
    }
    return new DecoderSpec(
        spec.vocabulary(), spec.context(), spec.dim(), spec.epsilon(), spec.tied(), layers.build());
  }

  private MoeLayer.Spec of(MoeLayer.Spec moe, RunJson json) {
    ObjectNode router = json.tree(moe.router());
    if (k != null) {
      require(router.has("k"), moe.router(), "k");
      router.put("k", k.intValue());
    }
    if (capacity != null) {
      require(router.path("capacity").has("evalFactor"), moe.router(), "capacity");
      ((ObjectNode) router.get("capacity")).put("evalFactor", capacity.doubleValue());
    }
    return new MoeLayer.Spec(
        moe.experts(), json.read(router, RouterSpec.class), moe.expert(), moe.shared());
  }

  private static void require(boolean there, RouterSpec router, String what) {
    if (!there) {
      throw new IllegalArgumentException(
          "The router %s has no %s to change."
              .formatted(router.getClass().getEnclosingClass().getSimpleName(), what));
    }
  }
}
