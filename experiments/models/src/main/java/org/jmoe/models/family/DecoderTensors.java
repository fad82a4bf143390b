package org.jmoe.models.family;

import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.tensor.StridedPart;
import org.jmoe.transformer.GroupedAttention;

/** Places of the tensors that the architectures share, layer by layer. */
public final class DecoderTensors {
  private final TensorMap map = new TensorMap();
  private final int dim;

  DecoderTensors(int vocabulary, int dim, boolean tied) {
    this.dim = dim;
    map.add(TensorTarget.same("model.embed_tokens.weight", "embedding", vocabulary, dim));
    map.add(TensorTarget.same("model.norm.weight", "norm/gain", dim));
    if (!tied) {
      map.add(TensorTarget.turned("lm_head.weight", "output", 0, vocabulary, dim, vocabulary));
    }
  }

  TensorMap map() {
    return map;
  }

  static String upstream(int layer) {
    return "model.layers." + layer + ".";
  }

  /** The name of a layer's parameters in jmoe. */
  public static String ours(int layer) {
    return "layers/" + layer + "/";
  }

  /** The two normalisations of a layer. */
  void norms(int layer) {
    vector(upstream(layer) + "input_layernorm.weight", ours(layer) + "attention_norm/gain", dim);
    vector(
        upstream(layer) + "post_attention_layernorm.weight",
        ours(layer) + "feed_forward_norm/gain",
        dim);
  }

  /** A vector that is a whole parameter. */
  void vector(String name, String parameter, int size) {
    map.add(TensorTarget.same(name, parameter, size));
  }

  /** A {@code Linear}'s matrix that is a whole parameter. */
  void matrix(String name, String parameter, int outputs, int inputs) {
    map.add(TensorTarget.turned(name, parameter, 0, outputs, inputs, outputs));
  }

  /** Queries, keys and values, side by side in ours. */
  void attention(int layer, GroupedAttention.Spec spec) {
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
   * A gated feed-forward of three matrices.
   *
   * @param name upstream's, with its dot
   * @param parameter ours, with its slash
   */
  void gated(String name, String parameter, int hidden) {
    gated(name, parameter, hidden, 0, new String[] {"gate_proj", "up_proj", "down_proj"})
        .forEach(map::add);
  }

  private List<TensorTarget> gated(
      String name, String parameter, int hidden, int expert, String[] parts) {
    long in = (long) expert * dim * 2 * hidden;
    long out = (long) expert * hidden * dim;
    return List.of(
        TensorTarget.turned(
            name + parts[0] + ".weight", parameter + "in", in, hidden, dim, 2L * hidden),
        TensorTarget.turned(
            name + parts[1] + ".weight", parameter + "in", in + hidden, hidden, dim, 2L * hidden),
        TensorTarget.turned(name + parts[2] + ".weight", parameter + "out", out, dim, hidden, dim));
  }

  /** The router's matrix under any of its names, the hub's first. */
  void router(int layer, int experts, String... names) {
    List<List<TensorTarget>> layouts = new ArrayList<>();
    for (String name : names) {
      layouts.add(
          List.of(
              TensorTarget.turned(
                  upstream(layer) + name,
                  ours(layer) + "moe/router/gate",
                  0,
                  experts,
                  dim,
                  experts)));
    }
    map.addChoice(layouts);
  }

  /**
   * Gated experts one by one, or as two stacks.
   *
   * @param block upstream's name of the MoE block on the hub, {@code mlp} in the stacked layout
   * @param parts names of an expert's gate, up and down matrices
   */
  void experts(int layer, String block, String[] parts, int experts, int hidden) {
    String own = ours(layer) + "moe/experts/";
    List<List<TensorTarget>> layouts = new ArrayList<>();
    layouts.add(new ArrayList<>());
    layouts.add(new ArrayList<>());
    for (int e = 0; e < experts; e++) {
      String one = ".experts." + e + ".";
      layouts.get(0).addAll(gated(upstream(layer) + block + one, own, hidden, e, parts));
      layouts.get(1).addAll(gated(upstream(layer) + "mlp" + one, own, hidden, e, parts));
    }
    String stack = upstream(layer) + "mlp.experts.";
    layouts.add(
        List.of(
            turnedStack(stack + "gate_up_proj", own + "in", experts, 2L * hidden, dim),
            turnedStack(stack + "down_proj", own + "out", experts, dim, hidden)));
    map.addChoice(layouts);
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
