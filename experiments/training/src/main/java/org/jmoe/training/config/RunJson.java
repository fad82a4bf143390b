package org.jmoe.training.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jmoe.extension.ExtensionException;
import org.jmoe.extension.Extensions;
import org.jmoe.plan.CapacityRule;
import org.jmoe.transformer.ModelSpec;

/**
 * Configurations as JSON: the same tree as the records, every key required and no other known. A
 * component of type {@link Extensions} with {@code @JacksonInject} is not in the tree; it is given
 * the extensions that the tree is read with.
 */
public final class RunJson {
  private static final long MAX_BYTES = 1 << 20;
  private static final int MOST_SHOWN = 60; // of a faulty value
  private static final ImmutableList<String> OPTIONAL = ImmutableList.of("init", "teacher");

  private final ObjectMapper mapper;
  private final Extensions extensions;

  /** JSON of the types that extensions contribute. */
  public RunJson(Extensions extensions) {
    this.extensions = extensions;
    JsonMapper.Builder builder =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxDocumentLength(MAX_BYTES)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addMixIn(ImmutableLongArray.class, LongsAsJson.class)
            .injectableValues(new InjectableValues.Std().addValue(Extensions.class, extensions))
            .addModule(CapacityRuleJson.module(extensions));
    extensions.kinds().stream()
        .filter(kind -> kind != CapacityRule.class)
        .forEach(kind -> builder.addMixIn(kind, TypeIds.Typed.class));
    mapper = builder.handlerInstantiator(TypeIds.of(extensions)).build();
  }

  /** JSON of all extensions on the class path. */
  public static RunJson standard() {
    return new RunJson(Extensions.load());
  }

  /** What contributes its types. */
  public Extensions extensions() {
    return extensions;
  }

  /**
   * The tree of a configuration.
   *
   * @throws ConfigException naming a part that is of no registered type
   */
  public JsonNode write(RunConfig config) {
    ObjectNode tree = tree(config);
    OPTIONAL.forEach(key -> removeNull(tree, key));
    return tree;
  }

  private static void removeNull(ObjectNode tree, String key) {
    if (tree.path(key).isNull()) {
      tree.remove(key);
    }
  }

  /** The tree of a part of a configuration. */
  public ObjectNode tree(Object part) {
    try {
      return mapper.valueToTree(part);
    } catch (IllegalArgumentException e) {
      if (e.getCause() instanceof JsonMappingException fault
          && Throwables.getRootCause(e) instanceof ExtensionException unknown) {
        throw new ConfigException(JsonFaults.at(fault) + unknown.getMessage(), e);
      }
      throw e;
    }
  }

  /** A tree as text for people. */
  public String text(JsonNode tree) {
    return tree.toPrettyString() + "\n";
  }

  /**
   * The configuration of a tree.
   *
   * @throws ConfigException naming the path of what is wrong
   */
  public RunConfig read(JsonNode tree) {
    return read(withOptional(tree), RunConfig.class);
  }

  /**
   * The record of a tree, under the same rules.
   *
   * @throws ConfigException naming the path of what is wrong
   */
  public <T> T read(JsonNode tree, Class<T> type) {
    if (!tree.isObject()) {
      String text = tree.toString();
      throw new ConfigException(
          "the configuration must be an object {..}, not "
              + text.substring(0, Math.min(text.length(), MOST_SHOWN)));
    }
    return exactly(new FormerRunJson(this).upgraded(tree), type);
  }

  /** The record of a tree in today's form. */
  <T> T exactly(JsonNode tree, Class<T> type) {
    try {
      return mapper.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new ConfigException(JsonFaults.sentence(e, tree, this), e);
    }
  }

  /**
   * With nulls for what may be left out, and with the model that initial or a teacher's weights
   * describe. Runs from before layers could be recomputed were not.
   */
  private JsonNode withOptional(JsonNode tree) {
    if (!(tree instanceof ObjectNode given)) {
      return tree;
    }
    ObjectNode whole = given.deepCopy();
    fillModel(whole, whole.path("init").path("weights"));
    if (whole.get("teacher") instanceof ObjectNode teacher) {
      fillModel(teacher, teacher.path("weights"));
    }
    OPTIONAL.stream().filter(key -> !whole.has(key)).forEach(whole::putNull);
    if (whole.get("training") instanceof ObjectNode training && !training.has("recompute")) {
      training.put("recompute", false);
    }
    return whole;
  }

  private void fillModel(ObjectNode part, JsonNode weights) {
    if (weights.isObject() && !part.hasNonNull("model")) {
      ModelSpec known = read(weights, InitialWeights.class).architecture();
      if (known != null) {
        part.set("model", tree(known));
      }
    }
  }

  /** Parses a file without giving it meaning yet. */
  public JsonNode parse(Path file) {
    if (Files.isDirectory(file)) {
      throw new ConfigException("cannot read " + file + ": it is a folder");
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ConfigException(file + " is larger than 1 MiB, too large for a configuration");
      }
      JsonNode tree = mapper.readTree(file.toFile());
      if (tree.isMissingNode()) {
        throw new ConfigException(file + " is empty");
      } else if (!tree.isObject()) {
        throw new ConfigException(file + " must hold an object {..}");
      }
      return new FormerRunJson(this).upgraded(tree);
    } catch (NoSuchFileException e) {
      throw new ConfigException("there is no file " + file, e);
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          file + ": " + JsonFaults.sentence(e, MissingNode.getInstance(), this), e);
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Parses the value of an override: JSON, or else the text itself.
   *
   * @throws ConfigException when it begins as JSON but is none
   */
  JsonNode value(String text) {
    try {
      JsonNode value = mapper.readTree(text);
      return value.isMissingNode() ? mapper.getNodeFactory().textNode(text) : value;
    } catch (JsonProcessingException e) {
      if (text.startsWith("{") || text.startsWith("[")) {
        throw new ConfigException(
            "the value " + text + ": " + JsonFaults.sentence(e, MissingNode.getInstance(), this),
            e);
      }
      return mapper.getNodeFactory().textNode(text);
    }
  }
}
