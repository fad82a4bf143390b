package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Reference implementation of published decoders in double precision, written from the papers and
 * the code of each architecture. Supports rotary positions without scaling.
 */
public final class PlainDecoder {
  private final JsonNode config;
  private final Map<String, float[]> weights;
  private final String type;
  private final double epsilon;

  private final Set<Integer> without;

  public PlainDecoder(JsonNode config, Map<String, float[]> weights) {
    this(config, weights, Set.of());
  }

  /** Creates a decoder in which some experts of each layer are never selected. */
  public PlainDecoder(JsonNode config, Map<String, float[]> weights, Set<Integer> without) {
    this.without = without;
    this.config = config;
    this.weights = weights;
    type = config.get("model_type").asText();
    epsilon = config.get("rms_norm_eps").asDouble();
  }

  /** Returns the logits (S, V) of a sequence. */
  public double[][] logits(long[] ids) {
    int dim = config.get("hidden_size").asInt();
    double[][] x = new double[ids.length][];
    for (int t = 0; t < ids.length; t++) {
      x[t] = row("model.embed_tokens.weight", (int) ids[t], dim);
    }
    for (int layer = 0; layer < config.get("num_hidden_layers").asInt(); layer++) {
      String name = "model.layers." + layer + ".";
      double[][] normed = each(x, name + "input_layernorm.weight");
      add(x, new PlainAttention(this, config, name + "self_attn.", layer).apply(normed));
      normed = each(x, name + "post_attention_layernorm.weight");
      PlainExperts experts = new PlainExperts(this, config, name);
      for (int t = 0; t < x.length; t++) {
        add(x[t], experts.apply(normed[t]));
      }
    }
    double[][] last = each(x, "model.norm.weight");
    boolean tied = config.path("tie_word_embeddings").asBoolean();
    String head = tied ? "model.embed_tokens.weight" : "lm_head.weight";
    double[][] logits = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      logits[t] = linear(last[t], head);
    }
    return logits;
  }

  String type() {
    return type;
  }

  Set<Integer> without() {
    return without;
  }

  double epsilon() {
    return epsilon;
  }

  boolean has(String name) {
    return weights.containsKey(name);
  }

  float[] get(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  double[] row(String name, int row, int size) {
    float[] numbers = get(name);
    double[] result = new double[size];
    for (int i = 0; i < size; i++) {
      result[i] = numbers[row * size + i];
    }
    return result;
  }

  private double[][] each(double[][] x, String gain) {
    double[][] result = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      result[t] = norm(x[t], gain, epsilon);
    }
    return result;
  }

  /** Returns {@code x / sqrt(mean x^2 + epsilon)} times a gain. */
  double[] norm(double[] x, String gain, double small) {
    double sum = 0;
    for (double v : x) {
      sum += v * v;
    }
    double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      result[i] = x[i] / Math.sqrt(sum / x.length + small) * get(gain)[i];
    }
    return result;
  }

  /** Returns {@code W x} plus the bias if there is one. */
  double[] linear(double[] x, String name) {
    float[] matrix = get(name);
    String bias = name.replaceAll("weight$", "bias");
    double[] y = new double[matrix.length / x.length];
    for (int o = 0; o < y.length; o++) {
      y[o] = !bias.equals(name) && has(bias) ? get(bias)[o] : 0;
      for (int i = 0; i < x.length; i++) {
        y[o] += matrix[o * x.length + i] * x[i];
      }
    }
    return y;
  }

  static void add(double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] += y[i];
    }
  }

  private static void add(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      add(x[t], y[t]);
    }
  }
}
