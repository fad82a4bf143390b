package org.jmoe.experiments.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Says in one sentence what Jackson found wrong, with the path of the key. */
final class JsonFaults {
  private JsonFaults() {}

  static String sentence(JsonProcessingException fault, SpecTypes types) {
    if (fault instanceof UnrecognizedPropertyException unknown) {
      List<String> keys = unknown.getKnownPropertyIds().stream().map(Object::toString).toList();
      return "unknown key '"
          + path(unknown)
          + "'"
          + Nearest.question(unknown.getPropertyName(), keys);
    }
    if (fault instanceof InvalidTypeIdException unknown) {
      List<String> names =
          types.names(unknown.getBaseType().getRawClass()).stream().sorted().toList();
      String found = Objects.toString(unknown.getTypeId(), "missing");
      return path(unknown) + ".type is " + found + "; known are " + String.join(", ", names);
    }
    if (fault instanceof ValueInstantiationException value && value.getCause() != null) {
      return at(value) + value.getCause().getMessage();
    }
    if (fault instanceof InvalidFormatException format && format.getTargetType().isEnum()) {
      return path(format)
          + " is '"
          + format.getValue()
          + "'; known are "
          + Arrays.toString(format.getTargetType().getEnumConstants());
    }
    if (fault instanceof JsonMappingException mapping) {
      return at(mapping) + first(mapping.getOriginalMessage());
    }
    return first(fault.getOriginalMessage())
        + (fault.getLocation() == null ? "" : " at line " + fault.getLocation().getLineNr());
  }

  private static String at(JsonMappingException fault) {
    return fault.getPath().isEmpty() ? "" : path(fault) + ": ";
  }

  private static String path(JsonMappingException fault) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : fault.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  /** Jackson's texts go on with Java class names, which help nobody here. */
  private static String first(String message) {
    return message.lines().findFirst().orElse("").replaceAll(" \\(.*", "").strip();
  }
}
