package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;

/** Reference implementation of the attention of published decoders. */
final class PlainAttention {
  private static final double LATENT_EPSILON = 1e-6;

  private final PlainDecoder model;
  private final JsonNode config;
  private final String name;
  private final int layer;
  private final int heads;

  PlainAttention(PlainDecoder model, JsonNode config, String name, int layer) {
    this.model = model;
    this.config = config;
    this.name = name;
    this.layer = layer;
    heads = config.get("num_attention_heads").asInt();
  }

  double[][] apply(double[][] x) {
    double[][][] q = new double[x.length][][]; // (S, H, dq)
    double[][][] k = new double[x.length][][];
    double[][][] v = new double[x.length][][];
    for (int t = 0; t < x.length; t++) {
      if (model.type().startsWith("deepseek")) {
        latent(x[t], t, q, k, v);
      } else {
        grouped(x[t], t, q, k, v);
      }
    }
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] joined = new double[heads * v[t][0].length];
      for (int h = 0; h < heads; h++) {
        double[] one = attend(q, k, v, t, h);
        System.arraycopy(one, 0, joined, h * one.length, one.length);
      }
      y[t] = model.linear(joined, name + "o_proj.weight");
    }
    return y;
  }

  private double[] attend(double[][][] q, double[][][] k, double[][][] v, int t, int h) {
    int first = window() == 0 ? 0 : Math.max(0, t - window() + 1);
    int kv = h / (heads / k[t].length);
    double sum = model.has(name + "sinks") ? Math.exp(model.get(name + "sinks")[h]) : 0;
    double[] y = new double[v[t][0].length];
    for (int s = first; s <= t; s++) {
      double score = 0;
      for (int i = 0; i < q[t][h].length; i++) {
        score += q[t][h][i] * k[s][kv][i];
      }
      double share = Math.exp(score / Math.sqrt(q[t][h].length));
      sum += share;
      for (int i = 0; i < y.length; i++) {
        y[i] += share * v[s][kv][i];
      }
    }
    for (int i = 0; i < y.length; i++) {
      y[i] /= sum;
    }
    return y;
  }

  private int window() {
    return switch (model.type()) {
      case "mixtral" -> config.path("sliding_window").asInt(0);
      case "gpt_oss" -> layer % 2 == 0 ? config.get("sliding_window").asInt() : 0;
      default -> 0;
    };
  }

  private void grouped(double[] x, int t, double[][][] q, double[][][] k, double[][][] v) {
    int kvHeads = config.get("num_key_value_heads").asInt();
    q[t] = split(x, "q", heads, t);
    k[t] = split(x, "k", kvHeads, t);
    v[t] = split(x, "v", kvHeads, -1);
  }

  /** Returns one of the three projections by head, rotated unless the position is -1. */
  private double[][] split(double[] x, String part, int count, int position) {
    double[] all = model.linear(x, name + part + "_proj.weight");
    String norm = name + part + "_norm.weight";
    boolean whole = model.has(norm) && model.get(norm).length == all.length;
    if (whole) {
      all = model.norm(all, norm, model.epsilon());
    }
    double clip = config.path("clip_qkv").asDouble(Double.POSITIVE_INFINITY);
    double[][] split = new double[count][];
    int size = all.length / count;
    for (int h = 0; h < count; h++) {
      split[h] = Arrays.copyOfRange(all, h * size, (h + 1) * size);
      for (int i = 0; i < size; i++) {
        split[h][i] = Math.max(-clip, Math.min(clip, split[h][i]));
      }
      if (model.has(norm) && !whole) {
        split[h] = model.norm(split[h], norm, model.epsilon());
      }
      if (position >= 0) {
        int width = (int) (size * config.path("partial_rotary_factor").asDouble(1));
        double[] head = rotated(Arrays.copyOf(split[h], width), position, false);
        split[h] = joined(head, Arrays.copyOfRange(split[h], width, size));
      }
    }
    return split;
  }

  private void latent(double[] x, int t, double[][][] q, double[][][] k, double[][][] v) {
    int plain = config.get("qk_nope_head_dim").asInt();
    int rotated = config.get("qk_rope_head_dim").asInt();
    int rank = config.get("kv_lora_rank").asInt();
    double[] query = query(x);
    double[] down = model.linear(x, name + "kv_a_proj_with_mqa.weight");
    double[] key = rotated(Arrays.copyOfRange(down, rank, rank + rotated), t, true);
    double[] up =
        model.linear(
            model.norm(Arrays.copyOf(down, rank), name + "kv_a_layernorm.weight", LATENT_EPSILON),
            name + "kv_b_proj.weight");
    q[t] = new double[heads][];
    k[t] = new double[heads][];
    v[t] = new double[heads][];
    int wide = up.length / heads;
    for (int h = 0; h < heads; h++) {
      int at = h * (plain + rotated);
      double[] head = Arrays.copyOfRange(query, at, at + plain + rotated);
      double[] tail = Arrays.copyOfRange(head, plain, plain + rotated);
      q[t][h] = joined(Arrays.copyOf(head, plain), rotated(tail, t, true));
      double[] mine = Arrays.copyOfRange(up, h * wide, (h + 1) * wide);
      k[t][h] = joined(Arrays.copyOf(mine, plain), key);
      v[t][h] = Arrays.copyOfRange(mine, plain, wide);
    }
  }

  /** Returns all heads' queries, through a latent vector if there is one. */
  private double[] query(double[] x) {
    if (model.has(name + "q_proj.weight")) {
      return model.linear(x, name + "q_proj.weight");
    }
    double[] low = model.linear(x, name + "q_a_proj.weight");
    low = model.norm(low, name + "q_a_layernorm.weight", LATENT_EPSILON);
    return model.linear(low, name + "q_b_proj.weight");
  }

  private static double[] joined(double[] a, double[] b) {
    double[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  /** Rotates each pair of elements by its angle. Pairs are adjacent or half a width apart. */
  private double[] rotated(double[] x, int position, boolean adjacent) {
    double base = config.get("rope_theta").asDouble();
    double[] y = new double[x.length];
    for (int i = 0; i < x.length / 2; i++) {
      int a = adjacent ? 2 * i : i;
      int b = adjacent ? 2 * i + 1 : i + x.length / 2;
      double angle = position * Math.pow(base, -2.0 * i / x.length);
      y[a] = x[a] * Math.cos(angle) - x[b] * Math.sin(angle);
      y[b] = x[b] * Math.cos(angle) + x[a] * Math.sin(angle);
    }
    return y;
  }
}
