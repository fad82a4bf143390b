package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.extension.Extensions;

/** Reply to a route file, with assertions for conformance tests. */
record Routed(JsonNode reply) {
  static final String L =
      "[[2,1,0,-1],[1.5,2.5,-0.5,0.5],[3,0.5,1,0],[0.2,0.1,0.4,0.3],[2.2,-1,1.9,0],[-0.5,1,0,1.5]]";

  /** Routes a file with the given keys; single quotes replace double quotes. */
  static Routed of(String keys) {
    return new Routed(RouteRun.of("{" + keys.replace('\'', '"') + "}", Extensions.load()));
  }

  /** Routes the canonical logits with a preset and more keys. */
  static Routed canonical(String preset, String more) {
    return of("'preset':'" + preset + "','logits':" + L + more);
  }

  /** Returns kept choices per token as {@code expert:slot,expert:slot; ...}. */
  String slots() {
    return text(true, ":slot");
  }

  /** Returns experts of kept choices per token as {@code 0,1; 1,0; ...}. */
  String experts() {
    return text(true, "");
  }

  private String text(boolean keptOnly, String with) {
    List<String> tokens = new ArrayList<>();
    for (JsonNode token : reply.get("choices")) {
      List<String> choices = new ArrayList<>();
      for (JsonNode choice : token) {
        if (!keptOnly || choice.get("kept").asBoolean()) {
          choices.add(
              choice.get("expert").asText()
                  + (with.isEmpty() ? "" : ":" + choice.get("slot").asText()));
        }
      }
      tokens.add(String.join(",", choices));
    }
    return String.join("; ", tokens);
  }

  /** Asserts the weights of a token's choices in order of rank. */
  void weights(int token, double tolerance, double... expected) {
    JsonNode choices = reply.get("choices").get(token);
    assertEquals(expected.length, choices.size(), "choices of token " + token);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          expected[i],
          choices.get(i).get("weight").asDouble(),
          tolerance,
          "weight " + i + " of token " + token);
    }
  }

  double loss(String name) {
    return reply.get("losses").get(name).asDouble();
  }

  double relative(String name) {
    return reply.get("relativeLosses").get(name).asDouble();
  }

  double[] numbers(String key) {
    JsonNode list = reply.get(key);
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asDouble();
    }
    return values;
  }
}
