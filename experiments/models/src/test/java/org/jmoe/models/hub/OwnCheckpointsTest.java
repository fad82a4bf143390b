package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jmoe.io.Json;
import org.jmoe.tensor.NoGrad;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares small checkpoints of every architecture with a reference in double precision. */
public final class OwnCheckpointsTest {
  static final long[] IDS = {3, 17, 30, 0, 8, 21, 5, 17, 11};

  /** Returns the input tokens of the tests. */
  public static long[] ids() {
    return IDS.clone();
  }

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void logitsMatchReference(String config) throws IOException {
    Map<String, float[]> weights = TinyCheckpoint.write(folder, config, 7);
    double[][] expected = new PlainDecoder(Json.plain().readTree(config), weights).logits(IDS);
    try (HubModel hub = HubModel.open(folder)) {
      assertLogits(expected, logits(hub));
    }
  }

  public static void assertLogits(double[][] expected, float[] found) {
    int vocabulary = expected[0].length;
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i / vocabulary][i % vocabulary], found[i], 2e-5, "logit " + i);
    }
  }

  public static float[] logits(HubModel hub) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = hub.manager().newSubManager()) {
            NDArray ids = scope.create(IDS, new Shape(1, IDS.length)); // (1, S)
            return hub.model()
                .logits(new ParameterStore(scope, false), ids, null, null, false)
                .toFloatArray();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void cacheChangesNoToken(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 8);
    try (HubModel hub = HubModel.open(folder)) {
      Generator generator = new Generator(hub.model(), hub.manager(), Sampling.greedy());
      List<Integer> at = generator.generate(List.of(4, 9, 2), 6, 0, token -> {});
      List<Integer> read = List.of(4, 9, 2, at.get(0), at.get(1), at.get(2));
      assertEquals(at.subList(3, 6), generator.generate(read, 3, 0, token -> {}));
    }
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void shardedExportRoundTrips(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 9);
    Path copy = Files.createDirectories(folder.resolve("copy"));
    try (HubModel hub = HubModel.open(folder)) {
      new HubExport(copy, null, 4000).write(hub);
      try (HubModel again = HubModel.open(copy)) {
        assertArrayEquals(logits(hub), logits(again));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void halfPrecisionExportRoundTrips(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 10);
    for (DataType type : List.of(DataType.BFLOAT16, DataType.FLOAT16)) {
      Path narrow = folder.resolve("narrow-" + type);
      Path twice = folder.resolve("twice-" + type);
      try (HubModel hub = HubModel.open(folder)) {
        new HubExport(narrow, type).write(hub);
      }
      try (HubModel hub = HubModel.open(narrow)) {
        new HubExport(twice, null).write(hub);
      }
      assertArrayEquals(
          Files.readAllBytes(narrow.resolve("model.safetensors")),
          Files.readAllBytes(twice.resolve("model.safetensors")));
    }
  }
}
