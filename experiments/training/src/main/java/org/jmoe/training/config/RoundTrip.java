package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.RecordComponent;
import java.util.Objects;

/** Checks that a configuration survives a JSON round trip. */
public final class RoundTrip {
  private RoundTrip() {}

  /**
   * Writes and reads a configuration.
   *
   * @throws ConfigException if the result differs; the message states where
   */
  public static void require(RunConfig config, RunJson json) {
    JsonNode tree = json.write(config);
    RunConfig read;
    try {
      read = json.read(tree);
    } catch (ConfigException e) {
      throw new ConfigException("run.json would not be readable: " + e.getMessage(), e);
    }
    if (!read.equals(config)) {
      throw new ConfigException(
          "%s would change when read back from run.json; its type must be a record with value equality"
              .formatted(place("", config, read)));
    }
  }

  /** Returns the path of the innermost component that differs. */
  private static String place(String path, Object one, Object two) {
    if (one.getClass().isRecord() && one.getClass() == two.getClass()) {
      for (RecordComponent component : one.getClass().getRecordComponents()) {
        Object mine = value(component, one);
        Object other = value(component, two);
        if (!Objects.equals(mine, other)) {
          String name = path.isEmpty() ? component.getName() : path + "." + component.getName();
          return mine == null || other == null ? name : place(name, mine, other);
        }
      }
    }
    return path;
  }

  private static Object value(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true); // the record may be private
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
