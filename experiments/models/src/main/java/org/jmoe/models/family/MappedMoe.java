package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SharedSpec;
import org.jmoe.tensor.Activation;
import org.jspecify.annotations.Nullable;

/**
 * MoE layer of a published family with gated experts, and the names of its tensors.
 *
 * @param router settings of the router
 * @param experts number of experts E
 * @param hidden hidden width H of each expert
 * @param block name of the MoE block on the hub
 * @param parts names of the gate, up and down matrices of an expert
 * @param gates names of the router's matrix within a layer, starting with the one used on the hub
 * @param bias name of the router's correction bias within a layer; null for none
 * @param shared hidden width of the shared expert, which is added to the output; 0 for none
 * @param sharedName name of the shared expert within a layer
 */
public record MappedMoe(
    RouterSpec router,
    int experts,
    int hidden,
    String block,
    ImmutableList<String> parts,
    ImmutableList<String> gates,
    @Nullable String bias,
    int shared,
    String sharedName) {
  /** Creates a layer without shared expert and correction bias, with the names of Qwen2-MoE. */
  public static MappedMoe of(RouterSpec router, int experts, int hidden) {
    return new MappedMoe(
        router,
        experts,
        hidden,
        "mlp",
        DecoderTensors.GATED,
        ImmutableList.of("mlp.gate.weight"),
        null,
        0,
        "");
  }

  /** Returns a copy with other names of the block and of the matrices of an expert. */
  public MappedMoe withNames(String otherBlock, ImmutableList<String> otherParts) {
    return new MappedMoe(
        router, experts, hidden, otherBlock, otherParts, gates, bias, shared, sharedName);
  }

  /** Returns a copy with other names of the router's matrix within a layer. */
  public MappedMoe withGates(String... names) {
    ImmutableList<String> others = ImmutableList.copyOf(names);
    return new MappedMoe(router, experts, hidden, block, parts, others, bias, shared, sharedName);
  }

  /** Returns a copy whose router has a correction bias. */
  public MappedMoe withBias(String name) {
    return new MappedMoe(router, experts, hidden, block, parts, gates, name, shared, sharedName);
  }

  /** Returns a copy with a shared expert; a width of 0 means none. */
  public MappedMoe withShared(String name, int width) {
    return new MappedMoe(router, experts, hidden, block, parts, gates, bias, width, name);
  }

  /** Returns the layer whose experts have this activation. */
  public MoeLayer.Spec spec(Activation activation) {
    return new MoeLayer.Spec(
        experts,
        router,
        new FeedForwardExperts.Spec(hidden, activation, false, 0),
        shared == 0
            ? null
            : new SharedSpec(
                new FeedForwardExperts.Spec(shared, activation, false, 0), SharedSpec.Mix.SUM));
  }

  void add(DecoderTensors tensors, int layer) {
    String prefix = DecoderTensors.tensorPrefix(layer);
    String parameter = DecoderTensors.parameterPrefix(layer) + "moe/";
    tensors.router(layer, experts, gates.toArray(String[]::new));
    if (bias != null) {
      tensors.vector(prefix + bias, parameter + "router/bias", experts);
    }
    tensors.experts(layer, block, parts, experts, hidden);
    if (shared > 0) {
      tensors.gated(prefix + sharedName + ".", parameter + "shared/expert/", shared);
    }
  }
}
