package org.jmoe.app.route;

import org.jmoe.layer.RouterTrait;
import org.jmoe.routing.preset.PresetField;
import org.jspecify.annotations.Nullable;

/** Checks that the fields of a route file are consistent. */
final class RouteChecks {
  private RouteChecks() {}

  static void check(RouteFile file) {
    RouteFile.Input input = file.input();
    Matrix tokens = input.tokens();
    Matrix weight = input.weight();
    Matrix phi = input.phi();
    if ((input.logits() == null) == (tokens == null)) {
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
    Double noiseStd = file.router().overrides().get(PresetField.NOISE_STD);
    if (noiseStd != null && noiseStd < 0) {
      throw new RouteException("noiseStd is " + noiseStd + "; it must be at least 0");
    }
    boolean limited =
        file.router().limit().tokens() != null || file.router().limit().factor() != null;
    boolean all = file.preset().has(RouterTrait.EVERY_TOKEN);
    if (limited && all) {
      throw new RouteException(
          "preset "
              + name
              + " has no capacity limit, since each expert processes every token; leave capacity"
              + " out");
    }
    if (file.router().limit().drop() != null
        && (all || file.preset().has(RouterTrait.EXPERTS_CHOOSE))) {
      throw new RouteException("preset " + name + " never drops a token's choices; leave drop out");
    }
  }

  private static void lengths(RouteFile file) {
    RouteFile.Input input = file.input();
    RouteFile.Batch batch = file.batch();
    RouteFile.Given given = file.given();
    int tokens = input.rows().rows();
    int experts = tokens == 0 && input.weight() == null ? -1 : input.experts();
    Matrix noise = given.noise();
    if (noise != null) {
      perToken(noise.rows(), tokens, "noise");
      if (tokens > 0) {
        RequestFields.requireLength(
            noise.columns(), experts, "noise[0]", "the number of experts is");
      }
    }
    perToken(given.uniform() == null ? null : given.uniform().length(), tokens, "uniform");
    perToken(batch.padding() == null ? null : batch.padding().length(), tokens, "padding");
    perToken(batch.tokenIds() == null ? null : batch.tokenIds().length(), tokens, "tokenIds");
    perExpert(given.bias() == null ? null : given.bias().length(), experts, "bias");
    perExpert(
        given.previousCounts() == null ? null : given.previousCounts().length(),
        experts,
        "previousCounts");
    for (int t = 0; given.uniform() != null && t < given.uniform().length(); t++) {
      double draw = given.uniform().get(t);
      if (!(draw >= 0 && draw < 1)) {
        throw new RouteException("uniform[" + t + "] is " + draw + "; use draws in [0, 1)");
      }
    }
    for (int e = 0; given.previousCounts() != null && e < given.previousCounts().length(); e++) {
      if (given.previousCounts().get(e) < 0) {
        throw new RouteException(
            "previousCounts["
                + e
                + "] is "
                + given.previousCounts().get(e)
                + "; use counts of at least 0");
      }
    }
    for (int t = 0; batch.tokenIds() != null && t < batch.tokenIds().length(); t++) {
      if (batch.tokenIds().get(t) < 0) {
        throw new RouteException(
            "tokenIds[" + t + "] is " + batch.tokenIds().get(t) + "; use ids of at least 0");
      }
    }
    if (file.preset().has(RouterTrait.TOKEN_IDS) && batch.tokenIds() == null && tokens > 0) {
      throw new RouteException(
          "preset %s needs tokenIds, one id for each of the %d tokens"
              .formatted(file.preset().name(), tokens));
    }
    if (tokens % batch.sequences() != 0) {
      throw new RouteException(
          "sequences = " + batch.sequences() + " must divide the " + tokens + " tokens");
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
