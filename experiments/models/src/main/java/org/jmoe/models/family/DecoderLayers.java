package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import java.util.function.ObjIntConsumer;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.NormPlacement;

/** Collects the layers of a decoder and the mapping of their tensors, first to last. */
public final class DecoderLayers {
  private final HubConfig config;
  private final DecoderTensors tensors;
  private final Activation activation;
  private final NormPlacement placement;
  private final ImmutableList.Builder<DecoderBlock.Spec> blocks = ImmutableList.builder();
  private int next;

  /** Starts a model that normalizes the inputs of attention and feed-forward. */
  public DecoderLayers(HubConfig config) {
    this(config, NormPlacement.INPUT);
  }

  /** Starts with the embedding, the final normalization and the output matrix. */
  public DecoderLayers(HubConfig config, NormPlacement placement) {
    this.config = config;
    this.placement = placement;
    tensors = Fields.tensors(config);
    activation = Fields.gated(config);
  }

  /** Returns the tensors mapped so far. */
  public DecoderTensors tensors() {
    return tensors;
  }

  /** Adds a layer with a dense feed-forward of width {@code intermediate_size}. */
  public void dense(MappedAttention attention) {
    int hidden = config.integer("intermediate_size", 1);
    FeedForward.Spec feedForward = new FeedForward.Spec(hidden, activation);
    norms();
    attention.add(tensors, next);
    tensors.gated(
        DecoderTensors.tensorPrefix(next) + "mlp.",
        DecoderTensors.parameterPrefix(next) + "feed_forward/",
        hidden);
    blocks.add(DecoderBlock.Spec.dense(attention.spec(), feedForward));
    next++;
  }

  private void norms() {
    switch (placement) {
      case INPUT -> tensors.norms(next);
      case OUTPUT -> {
        tensors.norm(next, "post_attention_layernorm", "attention_out_norm");
        tensors.norm(next, "post_feedforward_layernorm", "feed_forward_out_norm");
      }
      case BOTH -> {
        tensors.norm(next, "input_layernorm", "attention_norm");
        tensors.norm(next, "post_attention_layernorm", "attention_out_norm");
        tensors.norm(next, "pre_mlp_layernorm", "feed_forward_norm");
        tensors.norm(next, "post_mlp_layernorm", "feed_forward_out_norm");
      }
    }
  }

  /** Adds an MoE layer. */
  public void moe(MappedAttention attention, MappedMoe moe) {
    moe(attention, moe.spec(activation), moe::add);
  }

  /**
   * Adds an MoE layer.
   *
   * @param add adds the tensors of router and experts of a layer
   */
  public void moe(
      MappedAttention attention, MoeLayer.Spec moe, ObjIntConsumer<DecoderTensors> add) {
    norms();
    attention.add(tensors, next);
    add.accept(tensors, next);
    blocks.add(DecoderBlock.Spec.moe(attention.spec(), moe));
    next++;
  }

  /**
   * Returns the plan of all layers.
   *
   * @param weighting description of how the weights of the selected experts are computed
   */
  public HubPlan plan(String weighting) {
    config.ignore("intermediate_size"); // of a model without dense layers
    ModelSpec spec =
        Fields.model(config, blocks.build()).toBuilder().normPlacement(placement).build();
    return HubPlan.of(config, spec, tensors.map(), weighting);
  }
}
