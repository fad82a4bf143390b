package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.RecordComponent;
import java.util.Objects;

/** Checks that a configuration is read back as it was written. */
public final class RoundTrip {
  private RoundTrip() {}

  /**
   * Writes and reads it.
   *
   * @throws ConfigException naming what JSON would lose
   */
  public static void require(RunConfig config, RunJson json) {
    JsonNode tree = json.write(config);
    RunConfig read;
    try {
      read = json.read(tree);
    } catch (ConfigException e) {
      throw new ConfigException("run.json could not be read back: " + e.getMessage(), e);
    }
    if (!read.equals(config)) {
      throw new ConfigException(
          "run.json would not hold %s as it is; its record must be equal to one of the same components"
              .formatted(place("", config, read)));
    }
  }

  /** The innermost component that differs. */
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
      component.getAccessor().setAccessible(true); // a record may be private to its file
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
