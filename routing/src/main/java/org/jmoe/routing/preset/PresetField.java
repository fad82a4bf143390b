package org.jmoe.routing.preset;

/** A setting of a router preset that a user may override. */
public enum PresetField {
  K("k", Kind.COUNT),
  NORMALISE("normalise", Kind.SWITCH),
  SCALING_FACTOR("scalingFactor", Kind.NUMBER),
  GROUPS("groups", Kind.COUNT),
  GROUPS_KEPT("groupsKept", Kind.COUNT),
  P("p", Kind.NUMBER),
  SCALE("scale", Kind.NUMBER),
  NOISE_STD("noiseStd", Kind.NUMBER),
  THRESHOLD("threshold", Kind.NUMBER),
  UPDATE_RATE("updateRate", Kind.NUMBER),
  JITTER("jitter", Kind.NUMBER);

  /** What values a field takes. */
  public enum Kind {
    /** A whole number of at least 1. */
    COUNT,
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
      case COUNT -> Long.toString(Math.round(value));
      case NUMBER -> Double.toString(value);
      case SWITCH -> Boolean.toString(value != 0);
    };
  }
}
