package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.common.collect.ImmutableList;
import org.jmoe.transformer.Rotary;
import org.jmoe.transformer.RotaryScaling;

/**
 * Rotary positions as configurations give them: {@code rope_parameters}, or the older {@code
 * rope_scaling} and {@code rope_theta}.
 */
final class RopeConfig {
  private final HubConfig config;
  private final HubConfig rope;
  private final double base;
  private final int context;
  private final String kind;

  /**
   * Reads the fields.
   *
   * @param base theta where none is given
   */
  RopeConfig(HubConfig config, double base) {
    this.config = config;
    double theta = config.number("rope_theta", base);
    config.only("partial_rotary_factor", "1.0");
    boolean older = config.has("rope_scaling");
    boolean newer = config.has("rope_parameters");
    JsonNode node =
        older
            ? config.node("rope_scaling")
            : newer ? config.node("rope_parameters") : JsonNodeFactory.instance.objectNode();
    if (!node.isObject()) {
      throw config.fault(
          "has %s = %s, where an object {..} is needed"
              .formatted(older ? "rope_scaling" : "rope_parameters", node));
    }
    rope = config.part(node);
    this.base = rope.number("rope_theta", theta);
    rope.only("partial_rotary_factor", "1.0");
    context = config.whole("max_position_embeddings", 1);
    kind = rope.text("rope_type", rope.text("type", "default"));
    rope.has("type");
  }

  /** Whether nothing is said about scaling at all. */
  static boolean isAbsent(HubConfig config) {
    return !config.has("rope_scaling") && !config.has("rope_parameters");
  }

  /** The positions of heads whose rotated part has a width. */
  Rotary rotary(int width, boolean pairs) {
    RotaryScaling scaling = scaling(width);
    rope.refuseUnread();
    try {
      return Rotary.upstream(width, base, pairs, scaling);
    } catch (IllegalArgumentException e) {
      throw config.fault("has rotary positions that cannot be: " + e.getMessage());
    }
  }

  /** DeepSeek's factor on the scale of the scores, for any scaling that has its field. */
  double scoreFactor() {
    double all = rope.number("mscale_all_dim", 0);
    if (kind.equals("default") || all == 0) {
      return 1;
    }
    double magnitude = magnitude(rope.number("factor"), all);
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
                "has rope_type = \"%s\"; known are default, linear, dynamic, llama3, yarn, longrope"
                    .formatted(kind));
      };
    } catch (IllegalArgumentException e) {
      throw config.fault("has rotary positions that cannot be: " + e.getMessage());
    }
  }

  private int original() {
    return rope.whole("original_max_position_embeddings", 1, context);
  }

  private RotaryScaling yarn() {
    double factor = rope.number("factor", (double) context / original());
    double mscale = rope.number("mscale", 0);
    double all = rope.number("mscale_all_dim", 0);
    double usual =
        mscale != 0 && all != 0
            ? magnitude(factor, mscale) / magnitude(factor, all)
            : magnitude(factor, 1);
    return new RotaryScaling.Yarn(
        factor,
        orIfZero(rope.number("beta_fast", 32), 32),
        orIfZero(rope.number("beta_slow", 1), 1),
        original(),
        rope.flag("truncate", true),
        rope.number("attention_factor", usual));
  }

  /** Upstream takes its default in place of a zero too. */
  private static double orIfZero(double value, double otherwise) {
    return value == 0 ? otherwise : value;
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  private RotaryScaling longRope(int width) {
    double factor = rope.number("factor", (double) context / original());
    double usual =
        factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log((double) original()));
    return new RotaryScaling.LongRope(
        factors("short_factor", width),
        factors("long_factor", width),
        original(),
        rope.number("attention_factor", usual));
  }

  private ImmutableList<Double> factors(String key, int width) {
    JsonNode node = rope.node(key);
    ImmutableList.Builder<Double> factors = ImmutableList.builder();
    for (JsonNode factor : node) {
      factors.add(factor.asDouble());
    }
    if (!node.isArray() || node.size() != width / 2) {
      throw config.fault("has a %s that is not %d numbers".formatted(key, width / 2));
    }
    return factors.build();
  }
}
