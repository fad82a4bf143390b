package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import org.jmoe.io.DataFormatException;
import org.jmoe.transformer.Rotary;
import org.jmoe.transformer.RotaryScaling;

/**
 * Rotary positions as configurations describe them: {@code rope_parameters}, or the older {@code
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
   * Reads the fields. An empty {@code rope_scaling} counts as absent, and where both objects are
   * there, {@code rope_scaling} is used, as in Transformers.
   */
  public RopeConfig(HubConfig config) {
    this.config = config;
    boolean older = config.has("rope_scaling") && !config.part("rope_scaling").isEmpty();
    boolean newer = config.has("rope_parameters") && !config.part("rope_parameters").isEmpty();
    rope =
        older
            ? config.part("rope_scaling")
            : newer ? config.part("rope_parameters") : config.empty();
    base = rope.has("rope_theta") ? rope.positive("rope_theta") : config.positive("rope_theta");
    context = config.integer("max_position_embeddings", 1);
    kind = rope.text("rope_type", rope.text("type", "default"));
    config.ignore("rope_theta");
    rope.ignore("type", "finetuned");
  }

  /** Whether there is no object with scaling at all. */
  public static boolean isAbsent(HubConfig config) {
    return !config.has("rope_scaling") && !config.has("rope_parameters");
  }

  /**
   * The positions of whole heads.
   *
   * @param headDim width of a head, or of its part that is rotated in latent attention
   * @param pairs whether neighboring numbers rotate together, instead of halves
   */
  public Rotary rotary(int headDim, boolean pairs) {
    config.only("partial_rotary_factor", "1.0");
    rope.only("partial_rotary_factor", "1.0");
    return partial(headDim, pairs);
  }

  /**
   * The positions of the first part of each head, a fraction {@code partial_rotary_factor}.
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
          "has partial_rotary_factor = %s, which rotates %d of a head's %d numbers; use a factor that rotates an even number of them"
              .formatted(factor, width, headDim));
    }
    return partial(width, false);
  }

  private Rotary partial(int width, boolean pairs) {
    RotaryScaling scaling = scaling(width);
    rope.ignore(ORIGINAL); // of kinds that do not use it
    config.ignore(ORIGINAL);
    rope.refuseUnread();
    try {
      for (double frequency : scaling.frequencies(width, base, context)) {
        if (!Double.isFinite(frequency * scaling.magnitude())) {
          throw new IllegalArgumentException(
              "rope_theta = %s and its scaling give a non-finite frequency; use those of the published model"
                  .formatted(base));
        }
      }
      return Rotary.upstream(width, base, pairs, scaling);
    } catch (IllegalArgumentException e) {
      throw impossible(e);
    }
  }

  private DataFormatException impossible(IllegalArgumentException e) {
    return config.fault("has rotary positions that are impossible: " + e.getMessage());
  }

  /** DeepSeek's factor on the scale of the scores, for any scaling that has its field. */
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

  /** The context trained on; a field beside the object goes first, as in Transformers. */
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

  /** Upstream takes its default in place of a zero too. */
  private static double orIfZero(double value, double otherwise) {
    return value == 0 ? otherwise : value;
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
