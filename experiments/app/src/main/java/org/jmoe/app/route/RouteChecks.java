package org.jmoe.app.route;

import org.jmoe.layer.RouterTrait;
import org.jmoe.routing.preset.PresetField;
import org.jspecify.annotations.Nullable;

/** Checks that the parts of a route file fit each other. */
final class RouteChecks {
  private RouteChecks() {}

  static void check(RouteFile file) {
    Matrix tokens = file.tokens();
    Matrix weight = file.weight();
    Matrix phi = file.phi();
    if ((file.logits() == null) == (tokens == null)) {
      throw new RouteException("the file must hold either logits, or tokens with a weight or phi");
    }
    boolean soft = file.preset().has(RouterTrait.SLOTS);
    if (soft && (tokens == null || phi == null || weight != null)) {
      throw new RouteException(
          "preset " + file.preset().name() + " needs tokens (T, D) and phi (D, E, P)");
    }
    if (!soft && phi != null) {
      throw new RouteException(
          "phi belongs to a preset with slots, such as soft-moe, not to " + file.preset().name());
    }
    if (!soft && (tokens == null) != (weight == null)) {
      throw new RouteException("tokens (T, D) and weight (D, E) come together; give both");
    }
    if (tokens != null && tokens.rows() > 0) {
      Matrix gate = phi == null ? weight : phi;
      if (gate != null) {
        String name = phi == null ? "weight" : "phi";
        RequestFields.requireLength(gate.rows(), tokens.columns(), name, "a token has");
      }
    }
    limits(file);
    lengths(file);
  }

  /** A limit or an order that the rule has no use for must not pass unnoticed. */
  private static void limits(RouteFile file) {
    String name = file.preset().name();
    Double deviation = file.overrides().get(PresetField.NOISE_STD);
    if (deviation != null && deviation < 0) {
      throw new RouteException("noiseStd is " + deviation + "; it must be at least 0");
    }
    boolean limited = file.capacityTokens() != null || file.capacityFactor() != null;
    boolean all = file.preset().has(RouterTrait.EVERY_TOKEN);
    if (limited && all) {
      throw new RouteException(
          "preset " + name + " has no capacity, each expert sees every token; leave capacity out");
    }
    if (file.drop() != null && (all || file.preset().has(RouterTrait.EXPERTS_CHOOSE))) {
      throw new RouteException("preset " + name + " drops no choice of a token; leave drop out");
    }
  }

  private static void lengths(RouteFile file) {
    int tokens = file.rows().rows();
    int experts = tokens == 0 && file.weight() == null ? -1 : file.experts();
    Matrix noise = file.noise();
    if (noise != null) {
      perToken(noise.rows(), tokens, "noise");
      if (tokens > 0) {
        RequestFields.requireLength(noise.columns(), experts, "noise[0]", "the experts number");
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
        throw new RouteException("uniform[" + t + "] is " + draw + "; a draw is of [0, 1)");
      }
    }
    for (int e = 0; file.previousCounts() != null && e < file.previousCounts().length(); e++) {
      if (file.previousCounts().get(e) < 0) {
        throw new RouteException(
            "previousCounts["
                + e
                + "] is "
                + file.previousCounts().get(e)
                + "; a count is at least 0");
      }
    }
    for (int t = 0; file.tokenIds() != null && t < file.tokenIds().length(); t++) {
      if (file.tokenIds().get(t) < 0) {
        throw new RouteException(
            "tokenIds[" + t + "] is " + file.tokenIds().get(t) + "; an id is at least 0");
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
          name
              + " has "
              + length
              + " rows, so that token "
              + length
              + " has none; give all "
              + tokens);
    }
    if (length != null) {
      RequestFields.requireLength(length, tokens, name, "the tokens number");
    }
  }

  private static void perExpert(@Nullable Integer length, int experts, String name) {
    if (length != null && experts >= 0) {
      RequestFields.requireLength(length, experts, name, "the experts number");
    }
  }
}
