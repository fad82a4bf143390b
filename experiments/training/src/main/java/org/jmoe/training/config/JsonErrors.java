package org.jmoe.training.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.lang.reflect.RecordComponent;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.io.Json;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.training.config.keys.KeyHint;
import org.jmoe.training.config.keys.Nearest;

/** Converts Jackson exceptions to one-sentence messages with the path of the key. */
final class JsonErrors {
  private JsonErrors() {}

  /** Finds a number such as 1e999, which reads as infinity though JSON has none. */
  static Optional<String> overflow(JsonNode tree) {
    return overflow("", tree);
  }

  private static Optional<String> overflow(String path, JsonNode node) {
    if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
      return Optional.of(path + " is too large a number; \"Infinity\" in quotes means no limit");
    }
    Stream<Optional<String>> parts =
        node.isArray()
            ? IntStream.range(0, node.size())
                .mapToObj(i -> overflow("%s[%d]".formatted(path, i), node.get(i)))
            : node.properties().stream()
                .map(part -> overflow(join(path, part.getKey()), part.getValue()));
    return parts.flatMap(Optional::stream).findFirst();
  }

  /** Returns the message for an error in a tree, or in text that could not be parsed. */
  static String sentence(JsonProcessingException fault, JsonNode tree, RunJson json) {
    if (fault instanceof UnrecognizedPropertyException unknown) {
      List<String> keys = unknown.getKnownPropertyIds().stream().map(Object::toString).toList();
      return "unknown key '" + path(unknown) + "'" + KeyHint.of(path(unknown), keys, tree);
    }
    if (fault instanceof InvalidTypeIdException unknown) {
      return type(unknown, tree, json);
    }
    if (fault instanceof ValueInstantiationException value && value.getCause() != null) {
      return at(value)
          + (value.getCause() instanceof InvalidPathException path
              ? "the path '%s' is invalid; use a plain name".formatted(path.getInput())
              : value.getCause().getMessage());
    }
    if (fault instanceof InvalidFormatException format && format.getTargetType().isEnum()) {
      return path(format)
          + " is '"
          + format.getValue()
          + "'; valid values are "
          + Arrays.toString(format.getTargetType().getEnumConstants());
    }
    if (fault instanceof MismatchedInputException mismatch) {
      return mismatch(mismatch, tree, json);
    }
    if (fault instanceof JsonMappingException mapping) {
      return at(mapping) + first(mapping.getOriginalMessage());
    }
    return Json.reason(fault)
        + (fault.getLocation() == null ? "" : " at line " + fault.getLocation().getLineNr());
  }

  private static String type(InvalidTypeIdException fault, JsonNode tree, RunJson json) {
    List<String> names =
        json.extensions().types(fault.getBaseType().getRawClass()).keySet().stream()
            .sorted()
            .toList();
    String known = String.join(", ", names);
    String type = fault.getTypeId();
    if (type != null) {
      String near = Nearest.question(type, names);
      return "%s.type is %s%s%s"
          .formatted(
              path(fault),
              type,
              near.isEmpty() ? "; valid types are " : near + " Valid types are ",
              known);
    }
    JsonNode node = found(fault.getPath(), tree);
    if (json.extensions().values(RouterPreset.class).containsKey(node.asText())) {
      return "%s is %s, not an object with a type; use --router %s instead"
          .formatted(path(fault), node, node.asText());
    }
    return "%s.type is missing; valid types are %s".formatted(path(fault), known);
  }

  private static String mismatch(MismatchedInputException fault, JsonNode tree, RunJson json) {
    if (fault.getOriginalMessage().matches("Missing (required )?creator property[^$]*")) {
      return missing(fault, tree, json);
    }
    Class<?> type = fault.getTargetType();
    if (type == null) {
      return at(fault) + first(fault.getOriginalMessage());
    }
    String place = fault.getPath().isEmpty() ? "the configuration" : path(fault);
    return place + " must be " + kind(type) + ", not " + clipped(found(fault.getPath(), tree));
  }

  /**
   * Reports missing keys; if the object has an unknown key, reports that instead, as it is probably
   * misspelled.
   */
  private static String missing(MismatchedInputException fault, JsonNode tree, RunJson json) {
    List<JsonMappingException.Reference> path = fault.getPath();
    JsonMappingException.Reference last = path.get(path.size() - 1);
    if (!(last.getFrom() instanceof Class<?> type) || !type.isRecord()) {
      return "key '" + path(fault) + "' is missing";
    }
    String place = path(path.subList(0, path.size() - 1));
    JsonNode object = found(path.subList(0, path.size() - 1), tree);
    List<String> known = Arrays.stream(type.getRecordComponents()).map(JsonErrors::key).toList();
    for (Map.Entry<String, JsonNode> key : object.properties()) {
      if (!known.contains(key.getKey()) && !key.getKey().equals("type")) {
        String unknown = (place.isEmpty() ? "" : place + ".") + key.getKey();
        return "unknown key '" + unknown + "'" + KeyHint.of(unknown, known, tree);
      }
    }
    List<String> absent = known.stream().filter(key -> !object.has(key)).toList();
    return MissingKeys.sentence(type, place, absent, json);
  }

  private static String join(String place, String key) {
    return place.isEmpty() ? key : place + "." + key;
  }

  private static String key(RecordComponent component) {
    JsonProperty other = component.getAccessor().getAnnotation(JsonProperty.class);
    return other == null ? component.getName() : other.value();
  }

  private static JsonNode found(List<JsonMappingException.Reference> path, JsonNode tree) {
    JsonNode node = tree;
    for (JsonMappingException.Reference step : path) {
      node =
          step.getFieldName() == null ? node.path(step.getIndex()) : node.path(step.getFieldName());
    }
    return node;
  }

  private static String clipped(JsonNode node) {
    String text = node.toString();
    return text.length() > 60 ? text.substring(0, 60) + ".." : text;
  }

  private static String kind(Class<?> type) {
    if (type == int.class || type == long.class) {
      return "an integer";
    }
    if (type == double.class) {
      return "a number";
    }
    if (type == boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a string";
    }
    return List.class.isAssignableFrom(type) ? "a list [..]" : "an object {..}";
  }

  /** Returns the path of an error as a message prefix. */
  static String at(JsonMappingException fault) {
    return fault.getPath().isEmpty() ? "" : path(fault) + ": ";
  }

  private static String path(JsonMappingException fault) {
    return path(fault.getPath());
  }

  private static String path(List<JsonMappingException.Reference> steps) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : steps) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  /** Returns the first line of a Jackson message, without Java class names. */
  private static String first(String message) {
    return message.lines().findFirst().orElse("").replaceAll(" \\(.*", "").strip();
  }
}
