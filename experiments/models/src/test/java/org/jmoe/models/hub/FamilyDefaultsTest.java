package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keys missing from {@code config.json} take the defaults of Transformers 5.18: {@code
 * defaults.json} lists what {@code AutoConfig.for_model(..).to_dict()} returns, without keys that
 * no model depends on.
 */
final class FamilyDefaultsTest {
  /** Keys without a usable default upstream; {@code defaults.json} has a value for them. */
  private static final ImmutableMap<String, String> REQUIRED =
      ImmutableMap.of("deepseek_v2", "num_experts_per_tok", "glm4_moe", "head_dim");

  private static JsonNode defaults() throws IOException {
    try (InputStream in = FamilyDefaultsTest.class.getResourceAsStream("defaults.json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in));
    }
  }

  private static Stream<String> families() throws IOException {
    return defaults().properties().stream().map(Map.Entry::getKey);
  }

  private static ModelSpec spec(JsonNode config) {
    return ModelFamilies.standard().plan(HubConfig.of(Path.of("config.json"), config)).spec();
  }

  @ParameterizedTest
  @MethodSource("families")
  void missingKeysTakeTheDefaultsOfTransformers(String family) throws IOException {
    ObjectNode all = (ObjectNode) defaults().path(family);
    ModelSpec expected = spec(all);
    Set<String> given = Set.of("model_type", REQUIRED.getOrDefault(family, ""));
    assertEquals(expected, spec(all.deepCopy().retain(given)));
    List<String> keys = all.properties().stream().map(Map.Entry::getKey).toList();
    assertAll(
        keys.stream()
            .filter(key -> !given.contains(key))
            .map(
                key ->
                    () -> {
                      ObjectNode fewer = all.deepCopy();
                      fewer.remove(key);
                      assertEquals(expected, spec(fewer), key);
                    }));
  }
}
