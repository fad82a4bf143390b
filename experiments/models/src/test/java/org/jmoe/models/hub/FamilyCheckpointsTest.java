package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the checkpoints of {@code family_fixtures.py} with the outputs of Transformers. */
final class FamilyCheckpointsTest {
  private static final double TOLERANCE = 1e-5;
  private static final Path FIXTURES = Path.of("src", "test", "resources", "families");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path scratch = Path.of("");

  static Stream<Path> folders() throws IOException {
    try (Stream<Path> found = Files.list(FIXTURES)) {
      List<Path> folders = found.sorted().toList();
      assertFalse(folders.isEmpty());
      return folders.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void outputsMatchTransformers(Path folder) throws IOException {
    JsonNode expected = JSON.readTree(folder.resolve("expected.json").toFile());
    try (HubModel hub = HubModel.open(folder)) {
      JsonNode found = pass(hub, expected, false);
      double worst = difference("logits", expected.get("logits"), found.get("logits"));
      routers(expected.get("routers"), found.get("router_outputs"));
      JsonNode masked = pass(hub, expected, true).get("logits");
      worst = Math.max(worst, difference("masked", expected.get("masked_logits"), real(masked)));
      assertEquals(integers(expected.get("greedy")), continued(hub, expected));
      if (Boolean.getBoolean("jmoe.hub.print")) {
        System.out.printf("DIFF %s %.2e%n", folder.getFileName(), worst);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void savedModelReopensUnchanged(Path folder) throws IOException {
    JsonNode expected = JSON.readTree(folder.resolve("expected.json").toFile());
    Path copy = scratch.resolve("copy");
    try (HubModel hub = HubModel.open(folder)) {
      if (hub.family().isPartial()) {
        assertThrows(IllegalArgumentException.class, () -> new HubExport(copy, null).write(hub));
        return;
      }
      new HubExport(copy, null).write(hub);
      try (HubModel again = HubModel.open(copy)) {
        assertEquals(pass(hub, expected, false), pass(again, expected, false));
      }
    }
    assertEquals(header(folder), header(copy));
  }

  /** Returns the names, types and shapes of the tensors of a checkpoint. */
  private static Map<String, String> header(Path folder) throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (Safetensors file = Safetensors.open(folder.resolve("model.safetensors"))) {
      file.entries()
          .forEach((name, entry) -> entries.put(name, entry.type() + " " + entry.shape()));
    }
    return entries;
  }

  private JsonNode pass(HubModel hub, JsonNode expected, boolean mask) throws IOException {
    ObjectNode input = JSON.createObjectNode();
    input.set("ids", expected.get("ids"));
    if (mask) {
      input.set("mask", expected.get("mask"));
    }
    Path file = scratch.resolve("ids.json");
    Files.writeString(file, input.toString());
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      new HubPass(hub).write(IdsFile.read(file, hub.model().spec().vocabulary()), json);
    }
    return JSON.readTree(text.toString());
  }

  /** Compares the logits and the weight of every expert, 0 if not selected, of each router. */
  private static void routers(JsonNode expected, JsonNode found) {
    assertEquals(expected.size(), found.size(), "routers");
    for (int r = 0; r < found.size(); r++) {
      JsonNode tensors = found.get(r).get("tensors");
      difference("router logits", expected.get(r).get("logits"), tensors.get(0));
      for (int t = 0; t < tensors.get(0).size(); t++) {
        double[] weights = new double[tensors.get(0).get(t).size()];
        for (int k = 0; k < tensors.get(1).get(t).size(); k++) {
          weights[tensors.get(2).get(t).get(k).intValue()] =
              tensors.get(1).get(t).get(k).doubleValue();
        }
        JsonNode theirs = expected.get(r).get("weights").get(t);
        for (int e = 0; e < weights.length; e++) {
          assertEquals(theirs.get(e).doubleValue(), weights[e], TOLERANCE, "weight");
        }
      }
    }
  }

  /** Returns the positions that are not padding; the second row begins with padding. */
  private static JsonNode real(JsonNode logits) {
    var all = JSON.createArrayNode();
    for (int b = 0; b < logits.size(); b++) {
      var row = all.addArray();
      for (int s = b == 0 ? 0 : 3; s < logits.get(b).size(); s++) {
        row.add(logits.get(b).get(s));
      }
    }
    return all;
  }

  private static List<Integer> continued(HubModel hub, JsonNode expected) {
    return new Generator(hub.model(), hub.manager(), Sampling.greedy())
        .generate(
            integers(expected.get("ids").get(0)), expected.get("greedy").size(), 0, token -> {});
  }

  private static List<Integer> integers(JsonNode node) {
    List<Integer> all = new ArrayList<>();
    node.forEach(i -> all.add(i.intValue()));
    return all;
  }

  private static double difference(String what, JsonNode expected, JsonNode found) {
    assertEquals(expected.size(), found.size(), what);
    if (!expected.isArray()) {
      assertEquals(expected.doubleValue(), found.doubleValue(), TOLERANCE, what);
      return Math.abs(expected.doubleValue() - found.doubleValue());
    }
    double worst = 0;
    for (int i = 0; i < expected.size(); i++) {
      worst = Math.max(worst, difference(what, expected.get(i), found.get(i)));
    }
    return worst;
  }
}
