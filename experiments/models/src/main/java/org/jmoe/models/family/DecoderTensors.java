package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.tensor.StridedPart;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * Maps the tensors that most decoders share, by their names in Transformers, to jmoe parameters.
 */
public final class DecoderTensors {
  /** Names of the gate, up and down matrices of a gated feed-forward in most families. */
  public static final ImmutableList<String> GATED =
      ImmutableList.of("gate_proj", "up_proj", "down_proj");

  private final TensorMap map = new TensorMap();
  private final int dim;

  /**
   * Starts with the embedding, the final normalization and, unless tied, the output matrix.
   *
   * @param vocabulary vocabulary size V
   * @param dim model width D
   * @param tied whether the output matrix shares the embedding's weights
   */
  public DecoderTensors(int vocabulary, int dim, boolean tied) {
    this.dim = dim;
    map.add(TensorTarget.same("model.embed_tokens.weight", "embedding", vocabulary, dim));
    map.add(TensorTarget.same("model.norm.weight", "norm/gain", dim));
    if (!tied) {
      matrix("lm_head.weight", "output", vocabulary, dim);
    }
  }

  /** Returns the map with all tensors added so far. */
  public TensorMap map() {
    return map;
  }

  /** Returns the name prefix of a layer's tensors in files, such as {@code model.layers.3.}. */
  public static String tensorPrefix(int layer) {
    return "model.layers." + layer + ".";
  }

  /** Returns the name prefix of a layer's parameters in jmoe, such as {@code layers/3/}. */
  public static String parameterPrefix(int layer) {
    return "layers/" + layer + "/";
  }

  /** Adds the two normalizations of a layer. */
  public void norms(int layer) {
    norm(layer, "input_layernorm", "attention_norm");
    norm(layer, "post_attention_layernorm", "feed_forward_norm");
  }

  /** Adds a normalization of a layer. */
  public void norm(int layer, String name, String parameter) {
    vector(
        tensorPrefix(layer) + name + ".weight", parameterPrefix(layer) + parameter + "/gain", dim);
  }

  /** Adds a vector that maps to a whole parameter. */
  public void vector(String name, String parameter, int size) {
    map.add(TensorTarget.same(name, parameter, size));
  }

  /** Adds the weight of a {@code Linear}, (outputs, inputs), that maps to a whole parameter. */
  public void matrix(String name, String parameter, int outputs, int inputs) {
    map.add(TensorTarget.transposed(name, parameter, 0, outputs, inputs, outputs));
  }

  /** Adds grouped attention. Queries, keys and values are concatenated in one jmoe parameter. */
  public void attention(int layer, GroupedAttention.Spec spec) {
    String prefix = tensorPrefix(layer) + "self_attn.";
    String parameter = parameterPrefix(layer) + "attention/";
    int headDim = spec.headWidth(dim);
    int query = spec.heads() * headDim;
    int key = spec.kvHeads() * headDim;
    int[] sizes = {query, key, key};
    String[] names = {"q_proj", "k_proj", "v_proj"};
    int at = 0;
    for (int i = 0; i < sizes.length; i++) {
      map.add(
          TensorTarget.transposed(
              prefix + names[i] + ".weight",
              parameter + "in",
              at,
              sizes[i],
              dim,
              spec.columns(dim)));
      if (spec.bias()) {
        map.add(
            TensorTarget.rows(prefix + names[i] + ".bias", parameter + "in_bias", at, sizes[i]));
      }
      at += sizes[i];
    }
    matrix(prefix + "o_proj.weight", parameter + "out", dim, query);
    if (spec.outBias()) {
      vector(prefix + "o_proj.bias", parameter + "out_bias", dim);
    }
    if (spec.norm() != QueryNorm.NONE) {
      boolean head = spec.norm() == QueryNorm.HEAD;
      vector(prefix + "q_norm.weight", parameter + "query_norm/gain", head ? headDim : query);
      vector(prefix + "k_norm.weight", parameter + "key_norm/gain", head ? headDim : key);
    }
    if (spec.gated()) {
      matrix(prefix + "gate_proj.weight", parameter + "gate", query, dim);
    }
    if (spec.sinks()) {
      vector(prefix + "sinks", parameter + "sinks", spec.heads());
    }
  }

  /**
   * Adds a gated feed-forward of three matrices.
   *
   * @param name prefix of the tensors, ending in a dot
   * @param parameter prefix of the jmoe parameters, ending in a slash
   * @param hidden hidden width H
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
        ? TensorTarget.transposed(tensor, parameter + "out", out, dim, hidden, dim)
        : TensorTarget.transposed(
            tensor, parameter + "in", in + (long) part * hidden, hidden, dim, 2L * hidden);
  }

  /**
   * Adds the router's matrix (E, D) under any of its names, starting with the one used on the hub.
   */
  public void router(int layer, int experts, String... names) {
    map.addChoice(
        Stream.of(names)
            .map(
                name ->
                    TensorMap.Layout.of(
                        TensorTarget.transposed(
                            tensorPrefix(layer) + name,
                            parameterPrefix(layer) + "moe/router/gate",
                            0,
                            experts,
                            dim,
                            experts)))
            .toArray(TensorMap.Layout[]::new));
  }

  /**
   * Adds gated experts, stored as one tensor per expert and matrix or as two stacks.
   *
   * @param block name of the MoE block on the hub; the stacked layout always uses {@code mlp}
   * @param parts names of the gate, up and down matrices of an expert
   * @param experts number of experts E
   * @param hidden hidden width H of each expert
   */
  public void experts(int layer, String block, List<String> parts, int experts, int hidden) {
    String parameter = parameterPrefix(layer) + "moe/experts/";
    String stack = tensorPrefix(layer) + "mlp.experts.";
    map.addChoice(
        oneByOne(tensorPrefix(layer) + block + ".experts.", parameter, parts, experts, hidden),
        oneByOne(stack, parameter, parts, experts, hidden),
        TensorMap.Layout.of(
            transposedStack(stack + "gate_up_proj", parameter + "in", experts, 2L * hidden, dim),
            transposedStack(stack + "down_proj", parameter + "out", experts, dim, hidden)));
  }

  /**
   * Adds gated experts that are stored as two stacks, (E, 2H, D) and (E, D, H).
   *
   * @param in name of the first stack within a layer
   * @param out name of the second stack within a layer
   */
  public void stacks(int layer, String in, String out, int experts, int hidden) {
    String prefix = tensorPrefix(layer);
    String parameter = parameterPrefix(layer) + "moe/experts/";
    map.add(transposedStack(prefix + in, parameter + "in", experts, 2L * hidden, dim));
    map.add(transposedStack(prefix + out, parameter + "out", experts, dim, hidden));
  }

  /**
   * Adds gated experts that are stored as two stacks in the order of jmoe, (E, D, 2H) and (E, H,
   * D), or transposed like those of {@link #stacks}.
   */
  public void plainStacks(int layer, String in, String out, int experts, int hidden) {
    String prefix = tensorPrefix(layer);
    String parameter = parameterPrefix(layer) + "moe/experts/";
    map.addChoice(
        TensorMap.Layout.of(
            TensorTarget.same(prefix + in, parameter + "in", experts, dim, 2L * hidden),
            TensorTarget.same(prefix + out, parameter + "out", experts, hidden, dim)),
        TensorMap.Layout.of(
            transposedStack(prefix + in, parameter + "in", experts, 2L * hidden, dim),
            transposedStack(prefix + out, parameter + "out", experts, dim, hidden)));
  }

  private TensorMap.Layout oneByOne(
      String prefix, String parameter, List<String> parts, int experts, int hidden) {
    return new TensorMap.Layout(
        3L * experts,
        i -> gated(prefix + i / 3 + ".", parameter, hidden, i / 3, (int) (i % 3), parts));
  }

  private static TensorTarget transposedStack(
      String name, String parameter, long experts, long outputs, long inputs) {
    return new TensorTarget(
        name,
        ImmutableLongArray.of(experts, outputs, inputs),
        parameter,
        StridedPart.of(
            0, new long[] {experts, outputs, inputs}, new long[] {outputs * inputs, 1, outputs}));
  }
}
