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
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MutableCoercionConfig;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.extension.ExtensionException;
import org.jmoe.extension.Extensions;
import org.jmoe.plan.CapacityRule;
import org.jmoe.transformer.ModelSpec;

/**
 * Reads and writes configurations as JSON. The tree mirrors the records; all keys are required and
 * unknown keys are rejected. A component of type {@link Extensions} with {@code @JacksonInject} is
 * not part of the tree; it receives the extensions of the mapper.
 */
public final class RunJson {
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_SHOWN = 60; // characters of an invalid value
  private static final ImmutableList<String> OPTIONAL = ImmutableList.of("init", "teacher");

  private final ObjectMapper mapper;
  private final Extensions extensions;

  /** Creates a mapper for the types that the extensions contribute. */
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
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .annotationIntrospector(new RequiredParts())
            .withCoercionConfig(LogicalType.Textual, RunJson::textsOnly)
            .addMixIn(ImmutableLongArray.class, LongArrayMixIn.class)
            .injectableValues(new InjectableValues.Std().addValue(Extensions.class, extensions))
            .addModule(CapacityRuleJson.module(extensions));
    extensions.kinds().stream()
        .filter(kind -> kind != CapacityRule.class)
        .forEach(kind -> builder.addMixIn(kind, TypeIds.Typed.class));
    mapper = builder.handlerInstantiator(TypeIds.of(extensions)).build();
  }

  private static void textsOnly(MutableCoercionConfig text) {
    for (CoercionInputShape shape :
        List.of(CoercionInputShape.Boolean, CoercionInputShape.Integer, CoercionInputShape.Float)) {
      text.setCoercion(shape, CoercionAction.Fail);
    }
  }

  /** Returns a mapper for all extensions on the class path. */
  public static RunJson standard() {
    return new RunJson(Extensions.load());
  }

  /** Returns the extensions. */
  public Extensions extensions() {
    return extensions;
  }

  /**
   * Converts a configuration to a tree.
   *
   * @throws ConfigException if a part has an unregistered type
   */
  public JsonNode write(RunConfig config) {
    ObjectNode tree = tree(config);
    tree.remove(OPTIONAL.stream().filter(key -> tree.path(key).isNull()).toList());
    return tree;
  }

  /** Converts a part of a configuration to a tree. */
  public ObjectNode tree(Object part) {
    try {
      return mapper.valueToTree(part);
    } catch (IllegalArgumentException e) {
      if (e.getCause() instanceof JsonMappingException fault
          && Throwables.getRootCause(e) instanceof ExtensionException unknown) {
        throw new ConfigException(JsonErrors.at(fault) + unknown.getMessage(), e);
      }
      throw e;
    }
  }

  /** Formats a tree. */
  public String text(JsonNode tree) {
    return tree.toPrettyString() + "\n";
  }

  /**
   * Converts a tree to a configuration.
   *
   * @throws ConfigException if the tree is invalid; the message states the path
   */
  public RunConfig read(JsonNode tree) {
    return read(withOptional(tree), RunConfig.class);
  }

  /**
   * Converts a tree to a record, under the same rules.
   *
   * @throws ConfigException if the tree is invalid; the message states the path
   */
  public <T> T read(JsonNode tree, Class<T> type) {
    if (!tree.isObject()) {
      String text = tree.toString();
      throw new ConfigException(
          "the configuration must be an object {..}, not "
              + text.substring(0, Math.min(text.length(), MAX_SHOWN)));
    }
    return exactly(upgraded(tree), type);
  }

  /**
   * Returns a tree in the current form, as a copy, so that configurations of different versions can
   * be compared key by key.
   *
   * @throws ConfigException if a model with flat keys has a value or type that cannot be read
   */
  public JsonNode upgraded(JsonNode tree) {
    return new LegacyRunJson(this).upgraded(tree);
  }

  /** Converts a tree in the current form to a record. */
  <T> T exactly(JsonNode tree, Class<T> type) {
    try {
      return mapper.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new ConfigException(JsonErrors.sentence(e, tree, this), e);
    }
  }

  /** Fills in optional keys: nulls, and the model of initial or teacher weights. */
  private JsonNode withOptional(JsonNode tree) {
    if (!(tree instanceof ObjectNode original)) {
      return tree;
    }
    ObjectNode filled = original.deepCopy();
    fillModel(filled, filled.path("init").path("weights"));
    if (filled.get("teacher") instanceof ObjectNode teacher) {
      fillModel(teacher, teacher.path("weights"));
    }
    OPTIONAL.stream().filter(key -> !filled.has(key)).forEach(filled::putNull);
    return filled;
  }

  private void fillModel(ObjectNode part, JsonNode weights) {
    if (weights.isObject() && !part.hasNonNull("model")) {
      ModelSpec known = read(weights, InitialWeights.class).architecture();
      if (known != null) {
        part.set("model", tree(known));
      }
    }
  }

  /** Parses a file to a tree in the current form. */
  public JsonNode parse(Path file) {
    if (Files.isDirectory(file)) {
      throw new ConfigException("cannot read " + file + ": it is a folder");
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ConfigException(
            file + " is larger than 1 MiB, the maximum size of a configuration");
      }
      JsonNode tree = mapper.readTree(file.toFile());
      if (tree.isMissingNode()) {
        throw new ConfigException(file + " is empty");
      } else if (!tree.isObject()) {
        throw new ConfigException(file + " must contain an object {..}");
      }
      requireFinite(file + ": ", tree);
      return upgraded(tree);
    } catch (NoSuchFileException e) {
      throw new ConfigException("file " + file + " does not exist", e);
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          file + ": " + JsonErrors.sentence(e, MissingNode.getInstance(), this), e);
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static void requireFinite(String place, JsonNode tree) {
    JsonErrors.overflow(tree)
        .ifPresent(
            fault -> {
              throw new ConfigException(place + fault);
            });
  }

  /**
   * Parses the value of an override: JSON, or otherwise a string.
   *
   * @throws ConfigException if it starts like a JSON object or list but is malformed
   */
  JsonNode value(String text) {
    try {
      JsonNode value = mapper.readTree(text);
      requireFinite("the value " + text + ": ", value);
      return value.isMissingNode() ? mapper.getNodeFactory().textNode(text) : value;
    } catch (JsonProcessingException e) {
      if (text.startsWith("{") || text.startsWith("[")) {
        throw new ConfigException(
            "the value " + text + ": " + JsonErrors.sentence(e, MissingNode.getInstance(), this),
            e);
      }
      return mapper.getNodeFactory().textNode(text);
    }
  }
}
