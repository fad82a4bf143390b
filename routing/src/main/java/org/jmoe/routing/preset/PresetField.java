package org.jmoe.routing.preset;

/** A setting of a router preset that can be overridden. */
public enum PresetField {
  /** Experts per token. */
  K("k", Kind.COUNT),
  /** Whether the weights are divided by their sum. */
  NORMALISE("normalise", Kind.SWITCH),
  /** Factor on the weights. */
  SCALING_FACTOR("scalingFactor", Kind.NUMBER),
  /** Number of expert groups. */
  GROUPS("groups", Kind.COUNT),
  /** Number of groups a token may use. */
  GROUPS_KEPT("groupsKept", Kind.COUNT),
  /** Cumulative probability that the chosen experts reach. */
  P("p", Kind.NUMBER),
  /** Factor on the scores. */
  SCALE("scale", Kind.NUMBER),
  /** Standard deviation of the noise. */
  NOISE_STD("noiseStd", Kind.NUMBER),
  /** Probability above which an expert is used. */
  THRESHOLD("threshold", Kind.NUMBER),
  /** Update rate of the bias. */
  UPDATE_RATE("updateRate", Kind.NUMBER),
  /** Number of identity experts, indexed after the others. */
  ZERO_EXPERTS("zeroExperts", Kind.COUNT_OR_NONE),
  /** Targeted share of the choices that compute; the others are null experts. */
  COMPUTED("computed", Kind.NUMBER),
  /** Tokens per tile, to a multiple of which the tokens of an expert are rounded. */
  TILE("tile", Kind.COUNT),
  /** Share of the former value in a moving average. */
  DECAY("decay", Kind.NUMBER),
  /** Half the relative distance from the largest logit within which experts are sampled. */
  JITTER("jitter", Kind.NUMBER);

  /** Kinds of values. */
  public enum Kind {
    /** An integer of at least 1. */
    COUNT,
    /** An integer of at least 0. */
    COUNT_OR_NONE,
    /** A number. */
    NUMBER,
    /** True or false. */
    SWITCH
  }

  private final String key;
  private final Kind kind;

  PresetField(String key, Kind kind) {
    this.key = key;
    this.kind = kind;
  }

  /** Returns the name of the field in files. */
  public String key() {
    return key;
  }

  /** Returns the kind of values. */
  public Kind kind() {
    return kind;
  }

  /** Formats a value. */
  public String text(double value) {
    return switch (kind) {
      case COUNT, COUNT_OR_NONE -> Long.toString(Math.round(value));
      case NUMBER -> Double.toString(value);
      case SWITCH -> Boolean.toString(value != 0);
    };
  }
}
