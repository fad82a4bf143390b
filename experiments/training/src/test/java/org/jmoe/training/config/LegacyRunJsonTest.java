package org.jmoe.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jmoe.block.Norm;
import org.jmoe.io.Json;
import org.jmoe.layer.RouterSpec;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.transformer.AllowNonCausal;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LegacyRunJsonTest {
  private static final RunJson JSON = RunJson.standard();

  @TempDir Path folder = Path.of("");

  /** A run of preset smoke, written before layers could differ. */
  @Test
  void readsFlatModel() throws IOException {
    RunConfig read = JSON.read(JSON.parse(copied("flat-model.json")));
    assertEquals(Presets.named("smoke").config(), read);
  }

  @Test
  void keepsNonDefaultFlatKeys() throws IOException {
    ObjectNode tree = (ObjectNode) Json.plain().readTree(copied("flat-model.json").toFile());
    ObjectNode model = (ObjectNode) tree.get("model");
    model.put("layers", 5).put("moeFrom", 1).put("moeEvery", 2).put("positions", "LEARNED");
    model.put("norm", "LAYER").put("kvHeads", 2).put("tied", true).put("dropout", 0.1);
    ModelSpec found = JSON.read(tree).model();
    List<Integer> sparse =
        IntStream.range(0, 5).filter(i -> found.blocks().get(i).moe() != null).boxed().toList();
    assertEquals(List.of(1, 3), sparse);
    assertTrue(found.learnedPositions() && found.tied());
    assertEquals(new Norm.Spec(Norm.Kind.LAYER, 1e-5), found.norm());
    assertEquals(0.1, found.dropout());
    assertEquals(
        GroupedAttention.Spec.builder(4, 2).rotary(null).build(),
        found.blocks().get(4).attention());
  }

  @Test
  void readsFlatModelOfUpcycledRun() throws IOException {
    ObjectNode tree = (ObjectNode) Json.plain().readTree(copied("flat-model.json").toFile());
    ObjectNode dense = tree.get("model").deepCopy();
    dense.putNull("moe");
    tree.putObject("init")
        .putNull("lowRank")
        .putNull("experts")
        .putObject("weights")
        .put("type", "UpcycledWeights")
        .put("file", "a")
        .put("sha256", "b")
        .set("dense", dense);
    InitSpec init = Objects.requireNonNull(JSON.read(tree).init());
    assertFalse(assertInstanceOf(UpcycledWeights.class, init.weights()).dense().hasMoe());
  }

  private Path copied(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = LegacyRunJsonTest.class.getResourceAsStream(name)) {
      Files.copy(Objects.requireNonNull(in), file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  @Test
  void aFileWithoutSplitsHasTheUsualOnes() {
    ObjectNode tree = JSON.tree(new FileSource("a"));
    assertEquals("FileSource", tree.path("type").asText());
    tree.remove(List.of("dtype", "splits", "separator"));
    assertEquals(new FileSource("a"), JSON.read(tree, CorpusSource.class));
  }

  @Test
  void missingOptionsOfDecodersDefaultToOff() {
    RunConfig smoke = Presets.named("smoke").config();
    ObjectNode tree = (ObjectNode) JSON.write(smoke);
    ((ObjectNode) tree.get("model")).remove(List.of("normPlacement", "multipliers"));
    tree.findParents("scoreFactor")
        .forEach(attention -> ((ObjectNode) attention).remove(List.of("scoreFactor", "gated")));
    assertEquals(smoke, JSON.read(tree));
  }

  @Test
  void missingDocumentMaskDefaultsToFalse() {
    RunConfig smoke = Presets.named("smoke").config();
    ObjectNode tree = (ObjectNode) JSON.write(smoke);
    assertTrue(((ObjectNode) tree.get("model")).remove("documentMask").isBoolean());
    assertEquals(smoke, JSON.read(tree));
    assertFalse(smoke.model().documentMask());
  }

  @Test
  void readsFormerNameOfAllowNonCausal() {
    RouterSpec router = new AllowNonCausal(ExpertChoiceRouter.Spec.of(2));
    ObjectNode tree = JSON.tree(router);
    assertEquals("AllowNonCausal", tree.path("type").asText());
    tree.put("type", "SeesAhead");
    assertEquals(router, JSON.read(tree, RouterSpec.class));
  }
}
