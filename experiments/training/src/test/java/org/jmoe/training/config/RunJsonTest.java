package org.jmoe.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.extension.Extensions;
import org.jmoe.io.Progress;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.testing.Errors;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RunJsonTest {
  private static final RunJson JSON = TinyRuns.json();

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(
      strings = {"quickstart", "dense", "smoke", "recipe", "tiny-deepseek-v3", "tiny-gpt-oss"})
  void presetsRoundTrip(String name) throws IOException {
    RunConfig config = Presets.named(name).config();
    Path file = Files.writeString(folder.resolve("run.json"), JSON.text(JSON.write(config)));
    RunConfig read = JSON.read(JSON.parse(file));
    assertEquals(config.model(), read.model());
    assertEquals(JSON.write(config), JSON.write(read));
  }

  @Test
  void keysOfLaterVersionsHaveDefaults() {
    ObjectNode tree = (ObjectNode) JSON.write(Presets.named("smoke").config());
    ((ObjectNode) tree.path("training"))
        .remove(List.of("recompute", "ema", "outputZLoss", "batchRamp", "sequenceWarmup"));
    ((ObjectNode) tree.path("data")).remove("mix");
    ((ObjectNode) tree.at("/data/source")).remove("vocabulary");
    assertEquals(Presets.named("smoke").config(), JSON.read(tree));
    ((ObjectNode) tree.path("training")).put("recompute", true);
    assertTrue(JSON.read(tree).training().recompute());
  }

  @Test
  void expertTableRoundTrips() {
    HashRouter.Spec hash =
        new HashRouter.Spec(1, ImmutableLongArray.of(1, 0, 1), false, Capacity.dropless());
    JsonNode tree =
        Overrides.apply(
            JSON.write(Presets.named("smoke").config()), List.of(TinyRuns.router(hash)), JSON);
    assertEquals("[1,0,1]", tree.at("/model/layers/0/blocks/0/moe/router/table").toString());
    assertEquals(hash, JSON.read(tree).model().firstMoe().orElseThrow().router());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seed=x | seed must be an integer, not \"x\"",
        "seed=1.5 | seed must be an integer",
        "seed=null | seed must be an integer",
        "seed= | seed must be an integer, not \"\"",
        "model.layers=2 | model.layers must be a list [..], not 2",
        "model.layers=[2] | model.layers[0] must be an object {..}",
        "model.layers.*.repeat=\"2\" | model.layers[0].repeat must be an integer, not \"2\"",
        "model.layers.0.repeat=99999999999 | model.layers[0].repeat",
        "model.layers.0.repeat=0 | model.layers[0]: repeat must be at least 1, not 0",
        "model.attention.window=-1 | model.layers[0].blocks[0].attention: window must be at least"
            + " 0",
        "model.attention.type=Dense | model.layers[0].blocks[0].attention.type is Dense",
        "model.tied=1 | model.tied must be true or false",
        "model.dropout=high | model.dropout must be a number, not \"high\"",
        "model.norm.kind=RSM | model.norm.kind is 'RSM'; valid values are [RMS, LAYER]",
        "model.moe={} | keys 'experts', 'router', 'expert', 'shared' of"
            + " model.layers[0].blocks[0].moe are missing; preset quickstart has \"experts\": 8,",
        "model.moe=4 | model.layers[0].blocks[0].moe must be an object {..}, not 4",
        "training.losses={} | training.losses must be a list [..]",
        "model.moe.router={\"k\":2} | model.layers[0].blocks[0].moe.router.type is missing; valid"
            + " types are AdjustedRouter,",
        "model.moe.router={\"type\":\"TopRouter\"} | model.layers[0].blocks[0].moe.router.type is"
            + " TopRouter; did you mean 'TopKRouter'? Valid types are AdjustedRouter,",
        "model.moe.router={\"type\":\"TopKRouter\",\"k\":2} | keys 'normalise', 'scalingFactor',"
            + " 'capacity' of model.layers[0].blocks[0].moe.router are missing; router preset"
            + " mixtral has \"normalise\": true, \"scalingFactor\": 1.0, \"capacity\": {",
        "data.source={\"type\":\"FileSource\",\"pth\":\"x\"} | unknown key 'data.source.pth'; did"
            + " you mean 'path'?",
        "model.moe.router.k=5 | model.layers[0].blocks[0].moe: k must be between 1 and experts = 4,"
            + " not 5",
        "model.moe.router.k=0 | model.layers[0].blocks[0].moe.router: k must be at least 1, not 0",
        "model.moe.experts=0 | model.layers[0].blocks[0].moe: experts must be at least 1, not 0",
        "model.moe.router.capacity.trainFactor=0 | model.layers[0].blocks[0].moe.router.capacity:"
            + " capacity trainFactor must be above 0",
        "model.moe.router.capacity.trainFactor=-1 | model.layers[0].blocks[0].moe.router.capacity:"
            + " capacity trainFactor must be above 0",
        "model.moe.router.capacity.evalFactor=NaN | model.layers[0].blocks[0].moe.router.capacity:"
            + " capacity evalFactor must be above 0",
        "model.attention.heads=12 | model: heads = 12 must divide dim = 64",
        "model.attention.heads=3 | model.layers[0].blocks[0].attention: kvHeads = 4 must divide"
            + " heads = 3",
        "training.optimizer.rate=NaN | training.optimizer: rate must be above 0 and finite, not"
            + " NaN",
        "training.optimizer.rate=Infinity | training.optimizer: rate must be above 0 and finite",
        "training.batch=2000000000 | training: batch = 2000000000 times sequence = 64 exceeds",
        "training.sequence=65 | training.sequence = 65 exceeds model.context = 64",
        "model.causal=false | jmoe train trains causal models",
        "model.moe=null | training.losses contains a balance loss, but the model has no MoE layer",
        "model.moe.expert={\"type\":\"LatentExperts\",\"width\":0,\"expert\":{\"type\":\"ZeroComputationExperts\",\"kind\":\"COPY\"}}"
            + " | model.layers[0].blocks[0].moe.expert: width must be at least 1, not 0",
        "model.moe.expert={\"type\":\"LatentExperts\",\"width\":65,\"expert\":{\"type\":\"ZeroComputationExperts\",\"kind\":\"COPY\"}}"
            + " | model: latent width 65 exceeds the token width 64; use at most 64",
        "model.moe.expert={\"type\":\"ZeroComputationExperts\",\"kind\":\"SKIP\"} |"
            + " model.layers[0].blocks[0].moe.expert.kind is 'SKIP'; valid values are [ZERO, COPY,"
            + " CONSTANT]",
        "model.moe.expert={\"type\":\"HeterogeneousExperts\",\"parts\":[{\"count\":3,\"expert\":{\"type\":\"ZeroComputationExperts\",\"kind\":\"COPY\"}}]}"
            + " | model: parts has 3 experts, but the layer has 4; change a count or the layer's"
            + " experts",
        "model.moe.expert={\"type\":\"HeterogeneousExperts\",\"parts\":[]} |"
            + " model.layers[0].blocks[0].moe.expert: parts is empty; list the experts as {count,"
            + " expert}",
        "data.validation=0 | data: validation must be between 0 and 1, not 0.0",
        "training.optimizer.groups=[{\"match\":\"(\",\"rate\":1,\"decay\":1,\"frozen\":true}] |"
            + " training.optimizer.groups[0]: match '(' is not a valid regular expression",
        "training.losses.0.coefficient=-1 | training.losses[0]: coefficient of SwitchBalance must"
            + " be",
      })
  void invalidValuesAreReportedWithTheirPath(String change, String message) {
    JsonNode tree = JSON.write(Presets.named("smoke").config());
    String found =
        Errors.message(
            ConfigException.class, () -> JSON.read(Overrides.apply(tree, List.of(change), JSON)));
    assertTrue(found.startsWith(message), found);
    assertTrue(!found.contains("java.") && !found.contains("org.jmoe"), found);
  }

  @Test
  void aKeyIsNotSuggestedForItself() {
    ObjectNode tree = (ObjectNode) JSON.write(Presets.named("smoke").config());
    tree.put("earlier", 1);
    String message = Errors.message(ConfigException.class, () -> JSON.read(tree));
    assertTrue(message.startsWith("unknown key 'earlier'; valid keys are "), message);
  }

  /** The search for a similar key must not walk in circles from an empty one. */
  @Test
  void emptyKeysAreUnknown() {
    ObjectNode tree = (ObjectNode) JSON.write(Presets.named("smoke").config());
    tree.put("", 1);
    String found = Errors.message(ConfigException.class, () -> JSON.read(tree));
    assertTrue(found.startsWith("unknown key ''"), found);
  }

  @Test
  void unknownAndMissingKeysAreReported() {
    ObjectNode tree = (ObjectNode) JSON.write(Presets.named("smoke").config());
    ObjectNode moe = (ObjectNode) tree.at("/model/layers/0/blocks/0/moe");
    moe.put("expertts", 4);
    assertEquals(
        "unknown key 'model.layers[0].blocks[0].moe.expertts'; did you mean 'experts'?",
        Errors.message(ConfigException.class, () -> JSON.read(tree)));
    moe.remove("experts");
    assertEquals(
        "unknown key 'model.layers[0].blocks[0].moe.expertts'; did you mean 'experts'?",
        Errors.message(ConfigException.class, () -> JSON.read(tree)));
    moe.remove("expertts");
    assertEquals(
        "key 'model.layers[0].blocks[0].moe.experts' is missing; preset quickstart has \"experts\":"
            + " 8",
        Errors.message(ConfigException.class, () -> JSON.read(tree)));
    tree.remove("training");
    moe.put("experts", 4);
    String missing = Errors.message(ConfigException.class, () -> JSON.read(tree));
    assertTrue(missing.startsWith("key 'training' is missing; "), missing);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"seed\":1,\"seed\":2} | Duplicate field 'seed' at line 1",
        "{\"seed\":NaN} | Non-standard token 'NaN'",
        "{\"seed\":1} x | ",
        "{\"seed\": | it ends in the middle of a value",
        "[1, 2 | it ends in the middle of a value",
      })
  void malformedFilesAreReported(String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("run.json"), text);
    String found = Errors.message(ConfigException.class, () -> JSON.read(JSON.parse(file)));
    assertTrue(found.startsWith(file + ": "), found);
    assertTrue(message == null || found.contains(message), found);
  }

  @Test
  void hostileFilesAreRejected() throws IOException {
    Path deep = folder.resolve("deep.json");
    Files.writeString(deep, "[".repeat(10_000) + "]".repeat(10_000));
    String depth = Errors.message(ConfigException.class, () -> JSON.parse(deep));
    assertTrue(depth.contains("nesting depth"), depth);
    Path large = folder.resolve("large.json");
    Files.writeString(large, " ".repeat((1 << 20) + 1));
    assertEquals(
        large + " is larger than 1 MiB, the maximum size of a configuration",
        Errors.message(ConfigException.class, () -> JSON.parse(large)));
    Path empty = Files.createFile(folder.resolve("empty.json"));
    assertEquals(
        empty + " is empty", Errors.message(ConfigException.class, () -> JSON.parse(empty)));
    Path list = Files.writeString(folder.resolve("list.json"), "[]");
    assertEquals(
        list + " must contain an object {..}",
        Errors.message(ConfigException.class, () -> JSON.parse(list)));
    assertEquals(
        "file " + folder.resolve("none.json") + " does not exist",
        Errors.message(ConfigException.class, () -> JSON.parse(folder.resolve("none.json"))));
    assertEquals(
        "cannot read " + folder + ": it is a folder",
        Errors.message(ConfigException.class, () -> JSON.parse(folder)));
  }

  @Test
  void customTypesHaveNames() {
    RunJson json = new RunJson(Extensions.load().with(CorpusSource.class, "Mine", MySource.class));
    JsonNode tree =
        Overrides.apply(
            json.write(Presets.named("smoke").config()),
            List.of("data.source={\"type\":\"Mine\",\"number\":3}"),
            json);
    assertEquals(new MySource(3), json.read(tree).data().source());
    assertEquals("Mine", json.write(json.read(tree)).at("/data/source/type").asText());
  }

  /** A corpus source that is not part of jmoe. */
  record MySource(int number) implements CorpusSource {
    @Override
    public TokenData open(TokenFormats formats, Progress progress) {
      return formats.open(Path.of(Integer.toString(number)));
    }
  }
}
