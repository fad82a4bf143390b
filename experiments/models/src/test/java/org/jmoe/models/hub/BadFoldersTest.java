package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.io.DataFormatException;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.ModelFamilies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invalid checkpoint folders are rejected with one sentence that states the file and tensor. */
final class BadFoldersTest {
  private static final String NAME = "model.layers.1.self_attn.o_proj.weight";

  @TempDir Path folder = Path.of("");

  private String errorMessage() {
    String message =
        assertThrows(DataFormatException.class, () -> HubModel.open(folder)).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains(folder.toString()), message);
    return message;
  }

  private void assertRejected(String... parts) {
    String message = errorMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  private Map<String, float[]> written() throws IOException {
    return TinyCheckpoint.write(folder, Configs.mixtral(), 1);
  }

  private Map<String, ImmutableLongArray> shapes() {
    Map<String, ImmutableLongArray> shapes = new LinkedHashMap<>();
    ModelFamilies.standard()
        .plan(HubConfig.open(folder))
        .tensors()
        .hub()
        .forEach(target -> shapes.put(target.name(), target.shape()));
    return shapes;
  }

  @Test
  void truncatedFile() throws IOException {
    written();
    Path file = folder.resolve("model.safetensors");
    byte[] all = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(all, all.length - 5));
    assertRejected("model.safetensors", "is truncated in tensor");
  }

  @Test
  void missingTensor() throws IOException {
    Map<String, float[]> weights = written();
    Map<String, ImmutableLongArray> shapes = shapes();
    weights.remove(NAME);
    TinyCheckpoint.shard(folder.resolve("model.safetensors"), weights, shapes);
    assertRejected("model.safetensors", "contains no tensor '" + NAME + "'");
  }

  @Test
  void tensorOfWrongShape() throws IOException {
    Map<String, float[]> weights = written();
    Map<String, ImmutableLongArray> shapes = shapes();
    shapes.put(NAME, ImmutableLongArray.of(24, 16));
    TinyCheckpoint.shard(folder.resolve("model.safetensors"), weights, shapes);
    assertRejected(NAME, "[24, 16]", "[16, 24]");
  }

  @Test
  void tensorOfWrongType() throws IOException {
    written();
    Path file = folder.resolve("model.safetensors");
    byte[] all = Files.readAllBytes(file);
    String text = new String(all, java.nio.charset.StandardCharsets.ISO_8859_1);
    int at = text.indexOf("\"F32\"", text.indexOf(NAME));
    all[at + 1] = 'I';
    Files.write(file, all);
    assertRejected("model.safetensors", NAME, "int32");
  }

  /** After the last layer, only DeepSeek's multi-token prediction layers are ignored. */
  @Test
  void unexpectedLayer() throws IOException {
    String config = Configs.all().filter(c -> c.contains("deepseek_v3")).findFirst().orElseThrow();
    Map<String, float[]> weights = TinyCheckpoint.write(folder, config, 1);
    Map<String, ImmutableLongArray> shapes = shapes();
    String layer = "model.layers.2.";
    weights.put(layer + "enorm.weight", new float[3]);
    shapes.put(layer + "enorm.weight", ImmutableLongArray.of(3));
    TinyCheckpoint.shard(folder.resolve("model.safetensors"), weights, shapes);
    assertRejected("model.safetensors", layer + "enorm.weight", "does not describe");
    weights.put(layer + "eh_proj.weight", new float[3]);
    shapes.put(layer + "eh_proj.weight", ImmutableLongArray.of(3));
    TinyCheckpoint.shard(folder.resolve("model.safetensors"), weights, shapes);
    HubModel.open(folder).close();
  }

  @Test
  void layersThatAreNotAList() throws IOException {
    String config = Configs.all().filter(c -> c.contains("qwen3_moe")).findFirst().orElseThrow();
    TinyCheckpoint.write(folder, config, 1);
    Path file = folder.resolve("config.json");
    String json = Files.readString(file).strip();
    Files.writeString(file, json.substring(0, json.length() - 1) + ", \"mlp_only_layers\": 1}");
    assertRejected("config.json", "mlp_only_layers = 1");
  }

  @Test
  void unexpectedTensor() throws IOException {
    Map<String, float[]> weights = written();
    Map<String, ImmutableLongArray> shapes = shapes();
    weights.put("model.layers.2.mlp.extra", new float[3]);
    TinyCheckpoint.shard(folder.resolve("model.safetensors"), weights, shapes);
    assertRejected("model.safetensors", "'model.layers.2.mlp.extra'", "does not describe");
  }

  @Test
  void missingShard() throws IOException {
    index("model-00002-of-00002.safetensors", NAME);
    assertRejected("index.json", "model-00002-of-00002.safetensors", NAME, "missing");
  }

  @Test
  void indexWithMissingTensor() throws IOException {
    index("model-00001-of-00001.safetensors", "model.layers.7.bias");
    assertRejected("index.json", "'model.layers.7.bias'", "does not contain it");
  }

  @Test
  void indexWithFileOutsideFolder() throws IOException {
    index("../model-00001-of-00001.safetensors", NAME);
    assertRejected("index.json", "outside its folder");
  }

  private void index(String file, String tensor) throws IOException {
    written();
    Files.move(
        folder.resolve("model.safetensors"), folder.resolve("model-00001-of-00001.safetensors"));
    String map = "{\"model.norm.weight\": \"model-00001-of-00001.safetensors\", \"%s\": \"%s\"}";
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": %s}".formatted(map.formatted(tensor, file)));
  }

  @Test
  void missingWeightsOrConfiguration() throws IOException {
    assertRejected("config.json", "does not exist");
    written();
    Files.delete(folder.resolve("model.safetensors"));
    assertRejected("model.safetensors.index.json");
  }

  @ParameterizedTest
  @CsvSource({
    "hidden_size, 24, embed_tokens",
    "num_local_experts, 4, gate.weight",
    "num_hidden_layers, 1, layers.1",
    "num_hidden_layers, 10000000, num_hidden_layers",
    "rope_scaling, \"linear-8x\", rope_scaling",
    "hidden_size, 2147483647, hidden_size",
    "vocab_size, 2147483647, vocab_size",
    "num_key_value_heads, 3, does not divide",
    "hidden_act, \"sigmoid\", hidden_act",
    "unknown_field, true, unknown_field",
    "model_type, \"gpt2\", mixtral",
    "architectures, [\"MixtralModel\"], MixtralForCausalLM",
    "vocab_size, \"many\", vocab_size",
    "quantization_config, {}, quantization_config",
    "num_experts_per_tok, 9, num_experts_per_tok",
    "partial_rotary_factor, 0.5, partial_rotary_factor",
  })
  void invalidConfiguration(String key, String value, String named) throws IOException {
    written();
    var json = new com.fasterxml.jackson.databind.ObjectMapper();
    var config = (com.fasterxml.jackson.databind.node.ObjectNode) json.readTree(Configs.mixtral());
    config.set(key, json.readTree(value));
    Files.writeString(folder.resolve("config.json"), config.toString());
    assertRejected(named);
  }
}
