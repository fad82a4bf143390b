package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.Json;
import org.jmoe.training.config.ModelChange;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;

/** A checkpoint folder with the outputs that Transformers computes from it. */
record ExpectedCase(Path folder, JsonNode expected) {
  static final double TOLERANCE = 1e-5;

  private static final ObjectMapper JSON = Json.plain();

  static ExpectedCase of(Path folder) throws IOException {
    return new ExpectedCase(folder, JSON.readTree(folder.resolve("expected.json").toFile()));
  }

  /** Compares the logits and returns the largest difference. */
  double checkLogits() throws IOException {
    try (HubModel hub = HubModel.open(folder)) {
      JsonNode found = pass(hub, folder.resolve("ids.json")).get("logits");
      return difference(folder + " logits", expected.get("logits"), found);
    }
  }

  /** Compares all outputs of Transformers and returns the largest difference of a logit. */
  double check(Path scratch) throws IOException {
    try (HubModel hub = HubModel.open(folder)) {
      double worst =
          difference(
              folder + " logits", expected.get("logits"), pass(hub, scratch, false).get("logits"));
      JsonNode routers = pass(hub, scratch, false).get("router_outputs");
      assertEquals(expected.get("router_outputs").size(), routers.size());
      for (int i = 0; i < routers.size(); i++) {
        JsonNode theirs = expected.get("router_outputs").get(i);
        assertEquals(theirs.get("module"), routers.get(i).get("module"));
        for (int t = 0; t < 2; t++) {
          difference(
              folder + " router",
              theirs.get("tensors").get(t),
              routers.get(i).get("tensors").get(t));
        }
        assertEquals(
            theirs.get("tensors").get(2).toString(),
            routers.get(i).get("tensors").get(2).toString(),
            folder + " indices");
      }
      JsonNode masked = pass(hub, scratch, true).get("logits");
      if (expected.has("masked_logits")) {
        worst =
            Math.max(
                worst,
                difference(folder + " all masked logits", expected.get("masked_logits"), masked));
      }
      for (int b = 0; b < masked.size(); b++) {
        JsonNode last = masked.get(b).get(masked.get(b).size() - 1);
        worst =
            Math.max(
                worst,
                difference(
                    folder + " masked logits",
                    expected.get("masked_logits_last_token").get(b),
                    last));
      }
      assertEquals(
          integers(expected.get("greedy_continuation")), continued(hub), folder.toString());
      return worst;
    }
  }

  /** Returns whether the expected outputs include router outputs in addition to logits. */
  boolean hasRouterOutputs() {
    return expected.has("router_outputs");
  }

  /** Checks that the model generates the same tokens at lower precision. */
  void checkContinuation(ModelChange change) {
    try (HubModel hub = HubModel.open(folder, change)) {
      assertEquals(
          integers(expected.get("greedy_continuation")), continued(hub), folder.toString());
    }
  }

  private List<Integer> continued(HubModel hub) {
    return new Generator(hub.model(), hub.manager(), Sampling.greedy())
        .generate(
            integers(expected.get("input_ids").get(0)),
            expected.get("greedy_continuation").size(),
            0,
            token -> {});
  }

  private JsonNode pass(HubModel hub, Path scratch, boolean mask) throws IOException {
    ObjectNode input = JSON.createObjectNode();
    input.set("ids", expected.get("input_ids"));
    if (mask) {
      input.set("mask", expected.get("attention_mask"));
    }
    Path file = scratch.resolve("ids.json");
    Files.writeString(file, input.toString());
    return pass(hub, file);
  }

  private static JsonNode pass(HubModel hub, Path file) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      new HubPass(hub).write(IdsFile.read(file, hub.model().spec().vocabulary()), json);
    }
    return JSON.readTree(text.toString());
  }

  private static List<Integer> integers(JsonNode node) {
    List<Integer> all = new ArrayList<>();
    node.forEach(i -> all.add(i.intValue()));
    return all;
  }

  static double difference(String what, JsonNode expected, JsonNode found) {
    assertEquals(expected.size(), found.size(), what);
    if (!expected.isArray()) {
      double difference = Math.abs(expected.doubleValue() - found.doubleValue());
      assertEquals(expected.doubleValue(), found.doubleValue(), TOLERANCE, what);
      return difference;
    }
    double worst = 0;
    for (int i = 0; i < expected.size(); i++) {
      worst = Math.max(worst, difference(what, expected.get(i), found.get(i)));
    }
    return worst;
  }
}
