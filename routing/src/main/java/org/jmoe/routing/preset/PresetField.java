package org.jmoe.routing.preset;

/** A setting of a router preset that a user may override. */
public enum PresetField {
  /** Experts a token. */
  K("k", Kind.COUNT),
  /** Whether the weights are divided by their sum. */
  NORMALISE("normalise", Kind.SWITCH),
  /** What every weight is multiplied by. */
  SCALING_FACTOR("scalingFactor", Kind.NUMBER),
  /** Groups that the experts form. */
  GROUPS("groups", Kind.COUNT),
  /** Groups that a token may use. */
  GROUPS_KEPT("groupsKept", Kind.COUNT),
  /** Probability that the chosen experts reach together. */
  P("p", Kind.NUMBER),
  /** What the scores are multiplied by. */
  SCALE("scale", Kind.NUMBER),
  /** Standard deviation of the noise. */
  NOISE_STD("noiseStd", Kind.NUMBER),
  /** Probability from which an expert is used. */
  THRESHOLD("threshold", Kind.NUMBER),
  /** Step of the bias. */
  UPDATE_RATE("updateRate", Kind.NUMBER),
  /** Identities that are chosen like experts and numbered after them. */
  ZERO_EXPERTS("zeroExperts", Kind.COUNT_OR_NONE),
  /** Half the relative distance from the largest logit within which experts take part. */
  JITTER("jitter", Kind.NUMBER);

  /** What values a field takes. */
  public enum Kind {
    /** A whole number of at least 1. */
    COUNT,
    /** A whole number of at least 0. */
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

  /** The field's name in files. */
  public String key() {
    return key;
  }

  /** What values it takes. */
  public Kind kind() {
    return kind;
  }

  /** A value as people write it. */
  public String text(double value) {
    return switch (kind) {
      case COUNT, COUNT_OR_NONE -> Long.toString(Math.round(value));
      case NUMBER -> Double.toString(value);
      case SWITCH -> Boolean.toString(value != 0);
    };
  }
}
