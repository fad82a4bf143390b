package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Reference implementation of the feed-forward layers of published decoders. */
final class PlainExperts {
  private final PlainDecoder model;
  private final JsonNode config;
  private final String name;

  PlainExperts(PlainDecoder model, JsonNode config, String layer) {
    this.model = model;
    this.config = config;
    name = layer + (model.type().equals("mixtral") ? "block_sparse_moe." : "mlp.");
  }

  double[] apply(double[] x) {
    String router = name + (model.type().equals("gpt_oss") ? "router.weight" : "gate.weight");
    if (!model.has(router)) {
      return gated(x, name, "gate_proj", "up_proj", "down_proj");
    }
    double[] weights = weights(model.linear(x, router));
    double[] y = new double[x.length];
    for (int e = 0; e < weights.length; e++) {
      if (weights[e] != 0) {
        double[] one = expert(x, e);
        for (int i = 0; i < y.length; i++) {
          y[i] += weights[e] * one[i];
        }
      }
    }
    if (config.has("n_shared_experts")) {
      PlainDecoder.add(y, gated(x, name + "shared_experts.", "gate_proj", "up_proj", "down_proj"));
    }
    if (model.type().equals("qwen2_moe")) {
      double gate = sigmoid(model.linear(x, name + "shared_expert_gate.weight")[0]);
      double[] shared = gated(x, name + "shared_expert.", "gate_proj", "up_proj", "down_proj");
      for (int i = 0; i < y.length; i++) {
        y[i] += gate * shared[i];
      }
    }
    return y;
  }

  /** Returns the weight of each expert; 0 for experts that are not selected. */
  private double[] weights(double[] logits) {
    int k = config.get("num_experts_per_tok").asInt();
    boolean sigmoid = model.has(name + "gate.e_score_correction_bias");
    double[] scores = logits.clone();
    double sum = 0;
    for (int e = 0; e < logits.length; e++) {
      boolean out = model.without().contains(e);
      scores[e] = out ? 0 : sigmoid ? sigmoid(logits[e]) : Math.exp(logits[e]);
      sum += scores[e];
    }
    double[] rank = config.has("n_group") ? limited(scores, sigmoid) : scores.clone();
    for (int e : model.without()) {
      rank[e] = Double.NEGATIVE_INFINITY;
    }
    int[] chosen = largest(rank, k);
    double taken = Arrays.stream(chosen).mapToDouble(e -> scores[e]).sum();
    boolean always = model.type().equals("mixtral") || model.type().equals("gpt_oss");
    boolean norm = always || config.path("norm_topk_prob").asBoolean();
    double scale = config.path("routed_scaling_factor").asDouble(1);
    double divisor = norm ? taken : sigmoid ? 1 : sum;
    double[] weights = new double[logits.length];
    for (int e : chosen) {
      weights[e] = scores[e] / divisor * scale;
    }
    return weights;
  }

  /**
   * Returns the scores plus the bias, or minus infinity for experts outside the best groups. The
   * score of a group is that of its best expert, or the sum of its two best if there is a bias.
   */
  private double[] limited(double[] scores, boolean biased) {
    int groups = config.get("n_group").asInt();
    int size = scores.length / groups;
    float[] bias =
        biased ? model.get(name + "gate.e_score_correction_bias") : new float[scores.length];
    double[] rank = new double[scores.length];
    double[] group = new double[groups];
    for (int g = 0; g < groups; g++) {
      double[] mine = new double[size];
      for (int i = 0; i < size; i++) {
        rank[g * size + i] = scores[g * size + i] + bias[g * size + i];
        mine[i] = rank[g * size + i];
      }
      Arrays.sort(mine);
      group[g] = mine[size - 1] + (biased ? mine[size - 2] : 0);
    }
    int[] kept = largest(group, config.get("topk_group").asInt());
    for (int e = 0; e < rank.length; e++) {
      int mine = e / size;
      if (Arrays.stream(kept).noneMatch(g -> g == mine)) {
        rank[e] = Double.NEGATIVE_INFINITY;
      }
    }
    return rank;
  }

  private static int[] largest(double[] x, int k) {
    return IntStream.range(0, x.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -x[i]))
        .limit(k)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private double[] expert(double[] x, int e) {
    String one = name + "experts." + e + ".";
    return switch (model.type()) {
      case "mixtral" -> gated(x, one, "w1", "w3", "w2");
      case "gpt_oss" -> clamped(x, e);
      default -> gated(x, one, "gate_proj", "up_proj", "down_proj");
    };
  }

  private double[] gated(double[] x, String prefix, String gate, String up, String down) {
    double[] g = model.linear(x, prefix + gate + ".weight");
    double[] u = model.linear(x, prefix + up + ".weight");
    for (int i = 0; i < g.length; i++) {
      g[i] = g[i] * sigmoid(g[i]) * u[i];
    }
    return model.linear(g, prefix + down + ".weight");
  }

  private double[] clamped(double[] x, int e) {
    float[] in = model.get(name + "experts.gate_up_proj"); // (E, D, 2H), gate and up interleaved
    float[] inBias = model.get(name + "experts.gate_up_proj_bias");
    float[] out = model.get(name + "experts.down_proj"); // (E, H, D)
    float[] outBias = model.get(name + "experts.down_proj_bias");
    int hidden = config.get("intermediate_size").asInt();
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = outBias[e * x.length + i];
    }
    for (int j = 0; j < hidden; j++) {
      double g = inBias[(e * hidden + j) * 2];
      double u = inBias[(e * hidden + j) * 2 + 1];
      for (int i = 0; i < x.length; i++) {
        int at = ((e * x.length + i) * hidden + j) * 2;
        g += in[at] * x[i];
        u += in[at + 1] * x[i];
      }
      g = Math.min(g, 7);
      u = Math.max(-7, Math.min(7, u));
      double h = (u + 1) * g * sigmoid(1.702 * g);
      for (int i = 0; i < x.length; i++) {
        y[i] += out[(e * hidden + j) * x.length + i] * h;
      }
    }
    return y;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
