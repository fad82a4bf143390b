package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.tensor.NoGrad;
import org.jmoe.testing.Errors;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.RunWeights;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LowRank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs that start from existing weights. */
final class FineTuneTest {
  private static final RunJson JSON = RunJson.standard();

  @TempDir Path folder = Path.of("");

  private RunConfig config(InitialWeights weights, String... frozen) {
    ObjectNode tree = (ObjectNode) TinyRuns.tree(TinyRuns.corpus(folder), JSON);
    if (weights.architecture() != null) {
      tree.remove("model");
    }
    tree.set("init", JSON.tree(new InitSpec(weights)));
    ArrayNode groups = (ArrayNode) tree.at("/training/optimizer/groups");
    for (String match : frozen) {
      groups.addObject().put("match", match).put("rate", 1).put("decay", 1).put("frozen", true);
    }
    return JSON.read(tree);
  }

  static float[] logits(LoadedRun run) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = run.manager().newSubManager()) {
            long[] ids = {3, 15, 0, 8, 2};
            NDArray input = scope.create(ids, new Shape(1, ids.length)); // (1, S)
            return run.model()
                .logits(new ParameterStore(scope, false), input, null, null, false)
                .toFloatArray();
          }
        });
  }

  private static float[] logits(HubModel hub) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = hub.manager().newSubManager()) {
            long[] ids = {3, 15, 0, 8, 2};
            NDArray input = scope.create(ids, new Shape(1, ids.length)); // (1, S)
            return hub.model()
                .logits(new ParameterStore(scope, false), input, null, null, false)
                .toFloatArray();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void publishedCheckpointIsTrainedAndExported(String json) throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    TinyCheckpoint.write(base, json, 3);
    RunConfig config = config(HubWeights.of(base), "/router/");
    new Run(config, JSON).execute(folder.resolve("run"));
    Path exported = folder.resolve("exported");
    try (HubModel hub = HubModel.open(base);
        LoadedRun run = LoadedRun.open(folder.resolve("run"), JSON)) {
      Map<String, NDArray> before = HubExport.arrays(hub.model(), "");
      HubExport.arrays(run.model(), "model/")
          .forEach(
              (name, array) -> {
                float[] was = Objects.requireNonNull(before.get(name)).toFloatArray();
                boolean same = Arrays.equals(was, array.toFloatArray());
                boolean frozen = name.contains("/router/");
                assertEquals(frozen, same, name);
              });
      HubWeights weights = (HubWeights) Objects.requireNonNull(run.config().init()).weights();
      weights.export(run.model(), new HubExport(exported, null));
      try (HubModel again = HubModel.open(exported)) {
        assertArrayEquals(logits(run), logits(again), 1e-6f);
        assertFalse(Arrays.equals(logits(hub), logits(again)));
      }
    }
  }

  @Test
  void invalidPathsAreRejected() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    TinyCheckpoint.write(base, Configs.mixtral(), 3);
    JsonNode tree = JSON.write(config(HubWeights.of(base)));
    ((ObjectNode) tree.at("/init/weights")).put("path", "a\0b");
    assertEquals(
        "init.weights: the path 'a\0b/config.json' is invalid; use a plain name",
        Errors.message(ConfigException.class, () -> JSON.read(tree)).replaceAll("[.]$", ""));
  }

  @Test
  void twoRunsFromOneCheckpointAreBitExact() throws IOException {
    TinyCheckpoint.write(folder, Configs.mixtral(), 3);
    RunConfig config = config(HubWeights.of(folder));
    new Run(config, JSON).execute(folder.resolve("one"));
    RunConfig read = JSON.read(JSON.parse(folder.resolve("one").resolve("run.json")));
    assertEquals(JSON.write(config), JSON.write(read));
    new Run(read, JSON).execute(folder.resolve("two"));
    try (LoadedRun one = LoadedRun.open(folder.resolve("one"), JSON);
        LoadedRun two = LoadedRun.open(folder.resolve("two"), JSON)) {
      assertArrayEquals(logits(one), logits(two));
    }
  }

  @Test
  void runStartsFromAnotherRun() throws IOException {
    RunConfig first = TinyRuns.config(TinyRuns.corpus(folder));
    Run.of(first).execute(folder.resolve("first"));
    Path saved = Checkpoint.latest(folder.resolve("first/checkpoints")).orElseThrow();
    RunConfig second = config(RunWeights.of(saved), "/experts/");
    new Run(second, JSON).execute(folder.resolve("second"));
    try (LoadedRun one = LoadedRun.open(folder.resolve("first"), JSON);
        LoadedRun two = LoadedRun.open(folder.resolve("second"), JSON)) {
      Map<String, NDArray> before = HubExport.arrays(one.model(), "");
      HubExport.arrays(two.model(), "")
          .forEach(
              (name, array) ->
                  assertEquals(
                      name.contains("/experts/"),
                      Arrays.equals(
                          Objects.requireNonNull(before.get(name)).toFloatArray(),
                          array.toFloatArray()),
                      name));
    }
  }

  @Test
  void publishedCheckpointIsFineTunedTwice() throws IOException {
    TinyCheckpoint.write(folder, Configs.mixtral(), 3);
    HubWeights weights = HubWeights.of(folder);
    new Run(config(weights), JSON).execute(folder.resolve("one"));
    Path saved = Checkpoint.latest(folder.resolve("one/checkpoints")).orElseThrow();
    new Run(config(weights.savedIn(saved)), JSON).execute(folder.resolve("two"));
    try (LoadedRun two = LoadedRun.open(folder.resolve("two"), JSON)) {
      assertEquals("mixtral", HubWeights.of(folder).plan().modelType());
      assertEquals(31, two.config().model().vocabulary());
    }
  }

  @Test
  void changedWeightsAreRejected() throws IOException {
    TinyCheckpoint.write(folder, Configs.mixtral(), 3);
    RunConfig config = config(HubWeights.of(folder));
    TinyCheckpoint.write(folder, Configs.mixtral(), 4);
    Path output = folder.resolve("run");
    String message =
        Errors.message(ConfigException.class, () -> new Run(config, JSON).execute(output));
    assertTrue(message.contains("config.json have SHA-256"), message);
    assertFalse(Files.exists(output));
    Files.delete(folder.resolve("config.json"));
    message = Errors.message(ConfigException.class, () -> new Run(config, JSON).execute(output));
    assertTrue(message.contains("are missing"), message);
  }

  @Test
  void modelIsSpecifiedExactlyOnce() throws IOException {
    TinyCheckpoint.write(folder, Configs.mixtral(), 3);
    ObjectNode tree = (ObjectNode) TinyRuns.tree(TinyRuns.corpus(folder), JSON);
    ObjectNode with = tree.deepCopy();
    with.set("init", JSON.tree(new InitSpec(HubWeights.of(folder))));
    String message = Errors.message(ConfigException.class, () -> JSON.read(with));
    assertTrue(message.contains("remove model from run.json"), message);
    tree.remove("model");
    message = Errors.message(ConfigException.class, () -> JSON.read(tree));
    assertTrue(message.contains("key 'model' is missing"), message);
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void onlyLowRankChangesAreTrainedAndMergedOnExport(String json) throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    TinyCheckpoint.write(base, json, 3);
    RunConfig plain = config(HubWeights.of(base));
    LowRank.Spec changes =
        new LowRank.Spec(2, 4, List.of(LowRank.Target.EXPERTS, LowRank.Target.ATTENTION));
    RunConfig config = plain.withInit(new InitSpec(HubWeights.of(base), changes, null));
    new Run(config, JSON).execute(folder.resolve("run"));
    Path exported = folder.resolve("exported");
    try (HubModel hub = HubModel.open(base);
        LoadedRun run = LoadedRun.open(folder.resolve("run"), JSON)) {
      Map<String, NDArray> before = HubExport.arrays(hub.model(), "");
      HubExport.arrays(run.model(), "model/")
          .forEach(
              (name, array) -> {
                NDArray was = before.get(name);
                assertEquals(was == null, name.startsWith("low_rank/"), name);
                if (was != null) {
                  assertArrayEquals(was.toFloatArray(), array.toFloatArray(), name);
                }
              });
      HubWeights weights = (HubWeights) Objects.requireNonNull(run.config().init()).weights();
      weights.export(run.model(), new HubExport(exported, null));
      try (HubModel again = HubModel.open(exported)) {
        assertArrayEquals(logits(run), logits(again), 2e-6f);
        assertFalse(Arrays.equals(logits(hub), logits(again)));
      }
    }
  }
}
