package org.jmoe.io;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Validates JSON against a record type and reports the first invalid key: missing, unknown, null,
 * or of another type.
 */
final class JsonShape {
  private static final int MAX_SHOWN = 40;

  private JsonShape() {}

  /** Returns the first error, to be appended to "FILE has ". */
  static Optional<String> fault(JsonNode value, Type type) {
    return Optional.ofNullable(fault("", value, type));
  }

  private static @Nullable String fault(String key, JsonNode value, Type type) {
    Class<?> raw = (Class<?>) (type instanceof ParameterizedType p ? p.getRawType() : type);
    String expected = expected(raw);
    if (!isOf(raw, value)) {
      return "%s = %s, but it must be %s".formatted(key, shown(value), expected);
    } else if (raw.isRecord()) {
      return record(key, value, raw);
    } else if (type instanceof ParameterizedType p) {
      Type[] of = p.getActualTypeArguments();
      return value.isArray() ? elements(key, value, of[0]) : entries(key, value, of[of.length - 1]);
    }
    return null;
  }

  private static @Nullable String record(String key, JsonNode value, Class<?> type) {
    List<String> known = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = component.getName();
      known.add(name);
      boolean absent = !value.hasNonNull(name);
      if (absent && value.has(name) && !isNullable(component)) {
        return "%s = null, but it must be %s"
            .formatted(join(key, name), expected(component.getType()));
      } else if (absent && !isNullable(component) && !isOmittedIfEmpty(component)) {
        return "no key '%s', but it must be %s"
            .formatted(join(key, name), expected(component.getType()));
      }
      String fault =
          absent ? null : fault(join(key, name), value.get(name), component.getGenericType());
      if (fault != null) {
        return fault;
      }
    }
    return value.properties().stream()
        .map(Map.Entry::getKey)
        .filter(name -> !known.contains(name))
        .findFirst()
        .map(name -> "an unknown key '%s'".formatted(join(key, name)))
        .orElse(null);
  }

  private static @Nullable String elements(String key, JsonNode value, Type type) {
    for (int i = 0; i < value.size(); i++) {
      String fault = fault("%s[%d]".formatted(key, i), value.get(i), type);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static @Nullable String entries(String key, JsonNode value, Type type) {
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      String fault = fault(join(key, entry.getKey()), entry.getValue(), type);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static boolean isNullable(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  private static boolean isOmittedIfEmpty(RecordComponent component) {
    return component.getAccessor().isAnnotationPresent(JsonInclude.class);
  }

  private static boolean isOf(Class<?> type, JsonNode value) {
    if (type == int.class || type == Integer.class) {
      return value.isIntegralNumber() && value.canConvertToInt();
    } else if (type == long.class || type == Long.class) {
      return value.isIntegralNumber() && value.canConvertToLong();
    } else if (type == double.class || type == Double.class) {
      return isNumber(value);
    } else if (type == boolean.class) {
      return value.isBoolean();
    } else if (type == String.class) {
      return value.isTextual();
    } else if (type.isEnum()) {
      return value.isTextual()
          && Arrays.stream(type.getEnumConstants())
              .anyMatch(c -> ((Enum<?>) c).name().equals(value.textValue()));
    }
    return Collection.class.isAssignableFrom(type) ? value.isArray() : value.isObject();
  }

  // Jackson writes non-finite numbers as strings; 1e999 is not one of them.
  private static boolean isNumber(JsonNode value) {
    return value.isNumber()
        ? Double.isFinite(value.doubleValue())
        : Set.of("NaN", "Infinity", "-Infinity").contains(value.asText());
  }

  private static String expected(Class<?> type) {
    if (type == int.class || type == long.class || type == Long.class || type == Integer.class) {
      return "an integer";
    } else if (type == double.class || type == Double.class) {
      return "a number";
    } else if (type == boolean.class) {
      return "true or false";
    } else if (type == String.class) {
      return "a string";
    } else if (type.isEnum()) {
      return "one of " + Arrays.toString(type.getEnumConstants());
    }
    return Collection.class.isAssignableFrom(type) ? "a list [..]" : "an object {..}";
  }

  private static String join(String key, String name) {
    return key.isEmpty() ? name : key + "." + name;
  }

  private static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + ".." : text;
  }
}
