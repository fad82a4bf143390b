package org.jmoe.app.route;

import org.jmoe.layer.RouterTrait;
import org.jmoe.routing.preset.PresetField;
import org.jspecify.annotations.Nullable;

/** Checks that the fields of a route file are consistent. */
final class RouteChecks {
  private RouteChecks() {}

  static void check(RouteFile file) {
    Matrix tokens = file.tokens();
    Matrix weight = file.weight();
    Matrix phi = file.phi();
    if ((file.logits() == null) == (tokens == null)) {
      throw new RouteException(
          "the file must contain either logits, or tokens with a weight or phi");
    }
    boolean soft = file.preset().has(RouterTrait.SLOTS);
    if (soft && (tokens == null || phi == null || weight != null)) {
      throw new RouteException(
          "preset " + file.preset().name() + " needs tokens (T, D) and phi (D, E, P)");
    }
    if (!soft && phi != null) {
      throw new RouteException(
          "preset "
              + file.preset().name()
              + " has no slots; leave phi out, or use a preset such as soft-moe");
    }
    if (!soft && (tokens == null) != (weight == null)) {
      throw new RouteException("tokens (T, D) and weight (D, E) need each other; give both");
    }
    if (tokens != null && tokens.rows() > 0) {
      Matrix gate = phi == null ? weight : phi;
      if (gate != null) {
        String name = phi == null ? "weight" : "phi";
        RequestFields.requireLength(gate.rows(), tokens.columns(), name, "each token has");
      }
    }
    limits(file);
    lengths(file);
  }

  /** Rejects limits and drop orders that the preset does not use. */
  private static void limits(RouteFile file) {
    String name = file.preset().name();
    Double noiseStd = file.overrides().get(PresetField.NOISE_STD);
    if (noiseStd != null && noiseStd < 0) {
      throw new RouteException("noiseStd is " + noiseStd + "; it must be at least 0");
    }
    boolean limited = file.capacityTokens() != null || file.capacityFactor() != null;
    boolean all = file.preset().has(RouterTrait.EVERY_TOKEN);
    if (limited && all) {
      throw new RouteException(
          "preset "
              + name
              + " has no capacity limit, since each expert processes every token; leave capacity"
              + " out");
    }
    if (file.drop() != null && (all || file.preset().has(RouterTrait.EXPERTS_CHOOSE))) {
      throw new RouteException("preset " + name + " never drops a token's choices; leave drop out");
    }
  }

  private static void lengths(RouteFile file) {
    int tokens = file.rows().rows();
    int experts = tokens == 0 && file.weight() == null ? -1 : file.experts();
    Matrix noise = file.noise();
    if (noise != null) {
      perToken(noise.rows(), tokens, "noise");
      if (tokens > 0) {
        RequestFields.requireLength(
            noise.columns(), experts, "noise[0]", "the number of experts is");
      }
    }
    perToken(file.uniform() == null ? null : file.uniform().length(), tokens, "uniform");
    perToken(file.padding() == null ? null : file.padding().length(), tokens, "padding");
    perToken(file.tokenIds() == null ? null : file.tokenIds().length(), tokens, "tokenIds");
    perExpert(file.bias() == null ? null : file.bias().length(), experts, "bias");
    perExpert(
        file.previousCounts() == null ? null : file.previousCounts().length(),
        experts,
        "previousCounts");
    for (int t = 0; file.uniform() != null && t < file.uniform().length(); t++) {
      double draw = file.uniform().get(t);
      if (!(draw >= 0 && draw < 1)) {
        throw new RouteException("uniform[" + t + "] is " + draw + "; use draws in [0, 1)");
      }
    }
    for (int e = 0; file.previousCounts() != null && e < file.previousCounts().length(); e++) {
      if (file.previousCounts().get(e) < 0) {
        throw new RouteException(
            "previousCounts["
                + e
                + "] is "
                + file.previousCounts().get(e)
                + "; use counts of at least 0");
      }
    }
    for (int t = 0; file.tokenIds() != null && t < file.tokenIds().length(); t++) {
      if (file.tokenIds().get(t) < 0) {
        throw new RouteException(
            "tokenIds[" + t + "] is " + file.tokenIds().get(t) + "; use ids of at least 0");
      }
    }
    if (file.preset().has(RouterTrait.TOKEN_IDS) && file.tokenIds() == null && tokens > 0) {
      throw new RouteException(
          "preset %s needs tokenIds, one id for each of the %d tokens"
              .formatted(file.preset().name(), tokens));
    }
    if (tokens % file.sequences() != 0) {
      throw new RouteException(
          "sequences = " + file.sequences() + " must divide the " + tokens + " tokens");
    }
  }

  private static void perToken(@Nullable Integer length, int tokens, String name) {
    if (length != null && length < tokens) {
      throw new RouteException(
          name + " has " + length + " rows, so token " + length + " has none; give all " + tokens);
    }
    if (length != null) {
      RequestFields.requireLength(length, tokens, name, "the number of tokens is");
    }
  }

  private static void perExpert(@Nullable Integer length, int experts, String name) {
    if (length != null && experts >= 0) {
      RequestFields.requireLength(length, experts, name, "the number of experts is");
    }
  }
}
