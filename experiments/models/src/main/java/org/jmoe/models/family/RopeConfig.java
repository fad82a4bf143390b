package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import org.jmoe.io.DataFormatException;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;

/**
 * Reads rotary position embeddings from {@code rope_parameters} or from the older {@code
 * rope_scaling} and {@code rope_theta}.
 */
public final class RopeConfig {
  private static final String ORIGINAL = "original_max_position_embeddings";

  private final HubConfig config;
  private final HubConfig rope;
  private final double base;
  private final int context;
  private final String kind;

  /**
   * Reads the fields. As in Transformers, an empty {@code rope_scaling} counts as absent, and
   * {@code rope_scaling} takes precedence if both objects are present.
   */
  public RopeConfig(HubConfig config) {
    this(config, object(config));
  }

  private RopeConfig(HubConfig config, HubConfig rope) {
    this.config = config;
    this.rope = rope;
    base = rope.has("rope_theta") ? rope.positive("rope_theta") : config.positive("rope_theta");
    context = config.integer("max_position_embeddings", 1);
    kind = rope.text("rope_type", rope.text("type", "default"));
    config.ignore("rope_theta");
    rope.ignore("type", "finetuned");
  }

  private static HubConfig object(HubConfig config) {
    boolean older = config.has("rope_scaling") && !config.part("rope_scaling").isEmpty();
    boolean newer = config.has("rope_parameters") && !config.part("rope_parameters").isEmpty();
    return older
        ? config.part("rope_scaling")
        : newer ? config.part("rope_parameters") : config.empty();
  }

  /**
   * Reads the fields of one of the types in {@code layer_types}, for which {@code rope_parameters}
   * has an object each.
   */
  public static RopeConfig ofLayerType(HubConfig config, String type) {
    HubConfig types = config.part("rope_parameters");
    types.ignore("full_attention", "sliding_attention");
    types.refuseUnread();
    return new RopeConfig(config, types.part(type));
  }

  /**
   * Reads the fields of a model with positions in several dimensions, whose text has the same
   * position in each.
   */
  public static RopeConfig ofText(HubConfig config) {
    HubConfig rope = object(config);
    rope.ignore("mrope_section", "mrope_interleaved");
    return new RopeConfig(config, rope);
  }

  /**
   * Returns whether the configuration has neither {@code rope_scaling} nor {@code rope_parameters}.
   */
  public static boolean isAbsent(HubConfig config) {
    return !config.has("rope_scaling") && !config.has("rope_parameters");
  }

  /**
   * Returns rotary embeddings of whole heads.
   *
   * @param headDim width of a head; in latent attention, of the rotated part of a head
   * @param pairs whether adjacent elements form a pair; otherwise element i pairs with i + width /
   *     2
   */
  public Rotary rotary(int headDim, boolean pairs) {
    config.only("partial_rotary_factor", "1.0");
    rope.only("partial_rotary_factor", "1.0");
    return partial(headDim, pairs);
  }

  /**
   * Returns rotary embeddings of the first {@code partial_rotary_factor} of each head.
   *
   * @param headDim width of a head
   */
  public Rotary partialRotary(int headDim) {
    HubConfig place = rope.has("partial_rotary_factor") ? rope : config;
    double factor = place.positive("partial_rotary_factor");
    config.ignore("partial_rotary_factor");
    int width = (int) (headDim * factor);
    if (width > headDim || width < 2 || width % 2 != 0) {
      throw config.fault(
          "has partial_rotary_factor = %s, which rotates %d of %d dimensions of a head; use a factor that rotates an even number of them"
              .formatted(factor, width, headDim));
    }
    return partial(width, false);
  }

  /** Returns whether only part of a head is rotated. */
  public boolean isPartial() {
    return rope.has("partial_rotary_factor") || config.has("partial_rotary_factor");
  }

  /** Returns rotary embeddings of the first {@code width} dimensions of each head. */
  private Rotary partial(int width, boolean pairs) {
    RotaryScaling scaling = scaling(width);
    rope.ignore(ORIGINAL); // of types that do not use it
    config.ignore(ORIGINAL);
    rope.refuseUnread();
    try {
      for (double frequency : scaling.frequencies(width, base, context)) {
        if (!Double.isFinite(frequency * scaling.magnitude())) {
          throw new IllegalArgumentException(
              "rope_theta = %s and its scaling give a non-finite frequency; use the values of the published model"
                  .formatted(base));
        }
      }
      return Rotary.upstream(width, base, pairs, scaling);
    } catch (IllegalArgumentException e) {
      throw impossible(e);
    }
  }

  private DataFormatException impossible(IllegalArgumentException e) {
    return config.fault("has an invalid rotary position embedding: " + e.getMessage());
  }

  /** Returns the factor of DeepSeek's attention scores, 1 unless {@code mscale_all_dim} is set. */
  public double scoreFactor() {
    double all = rope.numberOr("mscale_all_dim", 0);
    if (kind.equals("default") || all == 0) {
      return 1;
    }
    double magnitude = magnitude(rope.positive("factor"), all);
    return magnitude * magnitude;
  }

  private RotaryScaling scaling(int width) {
    try {
      return switch (kind) {
        case "default" -> new RotaryScaling.None();
        case "linear" -> new RotaryScaling.Linear(rope.number("factor"));
        case "dynamic" -> new RotaryScaling.Dynamic(rope.number("factor"), context);
        case "llama3" ->
            new RotaryScaling.Llama3(
                rope.number("factor"),
                rope.number("low_freq_factor"),
                rope.number("high_freq_factor"),
                original());
        case "yarn" -> yarn();
        case "longrope" -> longRope(width);
        default ->
            throw config.fault(
                "has rope_type = \"%s\"; implemented are default, linear, dynamic, llama3, yarn and longrope"
                    .formatted(kind));
      };
    } catch (IllegalArgumentException e) {
      throw impossible(e);
    }
  }

  /**
   * Returns the original context length; as in Transformers, the top-level field takes precedence.
   */
  private int original() {
    int within = rope.integerOr(ORIGINAL, 1, context);
    return config.integerOr(ORIGINAL, 1, within);
  }

  private RotaryScaling yarn() {
    double factor = rope.numberOr("factor", (double) context / original());
    double mscale = rope.numberOr("mscale", 0);
    double all = rope.numberOr("mscale_all_dim", 0);
    double usual =
        mscale != 0 && all != 0
            ? magnitude(factor, mscale) / magnitude(factor, all)
            : magnitude(factor, 1);
    return new RotaryScaling.Yarn(
        factor,
        orIfZero(rope.numberOr("beta_fast", 32), 32),
        orIfZero(rope.numberOr("beta_slow", 1), 1),
        original(),
        !rope.has("truncate") || rope.flag("truncate"),
        rope.numberOr("attention_factor", usual));
  }

  /** Replaces zero by the default, as Transformers does. */
  private static double orIfZero(double value, double fallback) {
    return value == 0 ? fallback : value;
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  private RotaryScaling longRope(int width) {
    double factor = rope.numberOr("factor", (double) context / original());
    double usual =
        factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log((double) original()));
    return new RotaryScaling.LongRope(
        factors("short_factor", width),
        factors("long_factor", width),
        original(),
        rope.numberOr("attention_factor", usual));
  }

  private ImmutableList<Double> factors(String key, int width) {
    JsonNode node = rope.json(key);
    ImmutableList.Builder<Double> factors = ImmutableList.builder();
    for (JsonNode factor : node) {
      factors.add(factor.isNumber() ? factor.doubleValue() : Double.NaN);
    }
    ImmutableList<Double> all = factors.build();
    if (!node.isArray() || node.size() != width / 2 || all.stream().anyMatch(f -> !(f > 0))) {
      throw config.fault(
          "has a %s of %s; use a list of %d numbers above 0"
              .formatted(key, node.isArray() ? node.size() + " entries" : node, width / 2));
    }
    return all;
  }
}
