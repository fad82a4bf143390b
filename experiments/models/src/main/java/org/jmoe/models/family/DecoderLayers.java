package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;

/** Collects the layers of a decoder and the mapping of their tensors, first to last. */
public final class DecoderLayers {
  private final HubConfig config;
  private final DecoderTensors tensors;
  private final Activation activation;
  private final ImmutableList.Builder<DecoderBlock.Spec> blocks = ImmutableList.builder();
  private int next;

  /** Starts with the embedding, the final normalization and the output matrix. */
  public DecoderLayers(HubConfig config) {
    this.config = config;
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
    tensors.norms(next);
    attention.add(tensors, next);
    tensors.gated(
        DecoderTensors.tensorPrefix(next) + "mlp.",
        DecoderTensors.parameterPrefix(next) + "feed_forward/",
        hidden);
    blocks.add(DecoderBlock.Spec.dense(attention.spec(), feedForward));
    next++;
  }

  /** Adds an MoE layer. */
  public void moe(MappedAttention attention, MappedMoe moe) {
    tensors.norms(next);
    attention.add(tensors, next);
    moe.add(tensors, next);
    blocks.add(DecoderBlock.Spec.moe(attention.spec(), moe.spec(activation)));
    next++;
  }

  /**
   * Returns the plan of all layers.
   *
   * @param weighting description of how the weights of the selected experts are computed
   */
  public HubPlan plan(String weighting) {
    config.ignore("intermediate_size"); // of a model without dense layers
    return HubPlan.of(config, Fields.model(config, blocks.build()), tensors.map(), weighting);
  }
}
