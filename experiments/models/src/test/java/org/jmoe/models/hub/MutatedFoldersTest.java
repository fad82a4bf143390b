package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jmoe.data.tokenizer.EndTokens;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonSweep;
import org.jmoe.models.family.ModelFamilies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Mutates each field of the JSON of a published checkpoint in turn: the folder is read, or rejected
 * with a one-sentence message.
 */
final class MutatedFoldersTest {
  @TempDir Path folder = Path.of("");

  private static Stream<String> configurations() {
    String rope =
        """
        "rope_scaling": {"rope_type": "%s", "factor": 4.0, "original_max_position_embeddings": 16,
          "low_freq_factor": 1.0, "high_freq_factor": 4.0},
        """;
    String packing =
        """
        "quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [4, 4],
          "modules_to_not_convert": ["lm_head"]},
        """;
    return Stream.concat(
        Configs.all(),
        Stream.of(
            Configs.mixtral().replace("{", "{" + rope.formatted("llama3")),
            Configs.mixtral().replace("{", "{" + packing)));
  }

  private static int sweep(Path file, java.util.function.Consumer<Path> reader) throws IOException {
    return JsonSweep.of(file, reader, List.of(DataFormatException.class));
  }

  private void describe() {
    HubSummary.of(folder, ModelFamilies.standard());
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void configuration(String json) throws IOException {
    TinyCheckpoint.write(folder, json, 1);
    assertTrue(sweep(folder.resolve("config.json"), file -> HubModel.open(folder).close()) > 350);
  }

  @Test
  void generationConfiguration() throws IOException {
    Path file = folder.resolve("generation_config.json");
    Files.writeString(file, "{\"eos_token_id\": [3, 5], \"temperature\": 0.6}");
    assertTrue(sweep(file, f -> EndTokens.of(folder)) > 90);
  }

  @Test
  void index() throws IOException {
    Map<String, float[]> weights = TinyCheckpoint.write(folder, Configs.mixtral(), 1);
    String shard = "model-00001-of-00001.safetensors";
    Files.move(folder.resolve("model.safetensors"), folder.resolve(shard));
    Map<String, String> map = new TreeMap<>();
    weights.keySet().forEach(name -> map.put('"' + name + '"', ": \"" + shard + '"'));
    String entries = map.toString().replace("=", "");
    Path file = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        file, "{\"metadata\": {\"total_size\": 9}, \"weight_map\": %s}".formatted(entries));
    assertTrue(sweep(file, f -> describe()) > 500);
  }
}
