package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.tensor.StridedPart;
import org.jmoe.transformer.GroupedAttention;

/**
 * Where the tensors that most decoders have go, layer by layer, by the names that Transformers
 * gives them.
 */
public final class DecoderTensors {
  /** Names of a gated feed-forward's gate, up and down matrices in most families. */
  public static final ImmutableList<String> GATED =
      ImmutableList.of("gate_proj", "up_proj", "down_proj");

  private final TensorMap map = new TensorMap();
  private final int dim;

  /**
   * Begins with embedding, final normalization and, unless tied, the output matrix.
   *
   * @param vocabulary V
   * @param dim width D
   * @param tied whether the output matrix is the embedding
   */
  public DecoderTensors(int vocabulary, int dim, boolean tied) {
    this.dim = dim;
    map.add(TensorTarget.same("model.embed_tokens.weight", "embedding", vocabulary, dim));
    map.add(TensorTarget.same("model.norm.weight", "norm/gain", dim));
    if (!tied) {
      matrix("lm_head.weight", "output", vocabulary, dim);
    }
  }

  /** All that has been added. */
  public TensorMap map() {
    return map;
  }

  /** The prefix of a layer's tensors in files, {@code model.layers.3.}. */
  public static String upstream(int layer) {
    return "model.layers." + layer + ".";
  }

  /** The prefix of a layer's parameters in jmoe, {@code layers/3/}. */
  public static String ours(int layer) {
    return "layers/" + layer + "/";
  }

  /** Adds the two normalizations of a layer. */
  public void norms(int layer) {
    vector(upstream(layer) + "input_layernorm.weight", ours(layer) + "attention_norm/gain", dim);
    vector(
        upstream(layer) + "post_attention_layernorm.weight",
        ours(layer) + "feed_forward_norm/gain",
        dim);
  }

  /** Adds a vector that is a whole parameter. */
  public void vector(String name, String parameter, int size) {
    map.add(TensorTarget.same(name, parameter, size));
  }

  /** Adds a {@code Linear}'s matrix (outputs, inputs) that is a whole parameter. */
  public void matrix(String name, String parameter, int outputs, int inputs) {
    map.add(TensorTarget.turned(name, parameter, 0, outputs, inputs, outputs));
  }

  /** Adds grouped attention: queries, keys and values, side by side in ours, and output. */
  public void attention(int layer, GroupedAttention.Spec spec) {
    String theirs = upstream(layer) + "self_attn.";
    String own = ours(layer) + "attention/";
    int headDim = spec.headWidth(dim);
    int query = spec.heads() * headDim;
    int key = spec.kvHeads() * headDim;
    int[] sizes = {query, key, key};
    String[] names = {"q_proj", "k_proj", "v_proj"};
    int at = 0;
    for (int i = 0; i < sizes.length; i++) {
      map.add(
          TensorTarget.turned(
              theirs + names[i] + ".weight", own + "in", at, sizes[i], dim, spec.columns(dim)));
      if (spec.bias()) {
        map.add(TensorTarget.rows(theirs + names[i] + ".bias", own + "in_bias", at, sizes[i]));
      }
      at += sizes[i];
    }
    matrix(theirs + "o_proj.weight", own + "out", dim, query);
    if (spec.outBias()) {
      vector(theirs + "o_proj.bias", own + "out_bias", dim);
    }
    if (spec.norm() != GroupedAttention.QueryNorm.NONE) {
      boolean head = spec.norm() == GroupedAttention.QueryNorm.HEAD;
      vector(theirs + "q_norm.weight", own + "query_norm/gain", head ? headDim : query);
      vector(theirs + "k_norm.weight", own + "key_norm/gain", head ? headDim : key);
    }
    if (spec.sinks()) {
      vector(theirs + "sinks", own + "sinks", spec.heads());
    }
  }

  /**
   * Adds a gated feed-forward of three matrices.
   *
   * @param name upstream's prefix, ending in a dot
   * @param parameter our prefix, ending in a slash
   * @param hidden width H
   */
  public void gated(String name, String parameter, int hidden) {
    for (int part = 0; part < GATED.size(); part++) {
      map.add(gated(name, parameter, hidden, 0, part, GATED));
    }
  }

  private TensorTarget gated(
      String name, String parameter, int hidden, long expert, int part, List<String> names) {
    long in = expert * dim * 2 * hidden;
    long out = expert * hidden * dim;
    String tensor = name + names.get(part) + ".weight";
    return part == 2
        ? TensorTarget.turned(tensor, parameter + "out", out, dim, hidden, dim)
        : TensorTarget.turned(
            tensor, parameter + "in", in + (long) part * hidden, hidden, dim, 2L * hidden);
  }

  /** Adds the router's matrix (E, D) under any of its names, the hub's first. */
  public void router(int layer, int experts, String... names) {
    map.addChoice(
        Stream.of(names)
            .map(
                name ->
                    TensorMap.Layout.of(
                        TensorTarget.turned(
                            upstream(layer) + name,
                            ours(layer) + "moe/router/gate",
                            0,
                            experts,
                            dim,
                            experts)))
            .toArray(TensorMap.Layout[]::new));
  }

  /**
   * Adds gated experts, stored one by one or as two stacks.
   *
   * @param block upstream's name of the MoE block on the hub; {@code mlp} in the stacked layout
   * @param parts names of an expert's gate, up and down matrices
   * @param experts number E
   * @param hidden width H of each
   */
  public void experts(int layer, String block, List<String> parts, int experts, int hidden) {
    String own = ours(layer) + "moe/experts/";
    String stack = upstream(layer) + "mlp.experts.";
    map.addChoice(
        oneByOne(upstream(layer) + block + ".experts.", own, parts, experts, hidden),
        oneByOne(stack, own, parts, experts, hidden),
        TensorMap.Layout.of(
            turnedStack(stack + "gate_up_proj", own + "in", experts, 2L * hidden, dim),
            turnedStack(stack + "down_proj", own + "out", experts, dim, hidden)));
  }

  private TensorMap.Layout oneByOne(
      String theirs, String own, List<String> parts, int experts, int hidden) {
    return new TensorMap.Layout(
        3L * experts, i -> gated(theirs + i / 3 + ".", own, hidden, i / 3, (int) (i % 3), parts));
  }

  private static TensorTarget turnedStack(
      String name, String parameter, long experts, long outputs, long inputs) {
    return new TensorTarget(
        name,
        ImmutableLongArray.of(experts, outputs, inputs),
        parameter,
        StridedPart.of(
            0, new long[] {experts, outputs, inputs}, new long[] {outputs * inputs, 1, outputs}));
  }
}
