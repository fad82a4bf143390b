package org.jmoe.extension;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Objects;

/** Copies of settings records with one component changed. */
public final class Settings {
  private Settings() {}

  /**
   * Returns a copy with another value of one component.
   *
   * @param type of the component
   * @throws IllegalArgumentException if the record has no such component or rejects the value
   */
  @SuppressWarnings("unchecked") // the constructor is that of S
  public static <S, V> S with(S settings, String name, Class<V> type, V value) {
    Class<?> record = settings.getClass();
    if (!record.isRecord()) {
      throw none(record, name);
    }
    RecordComponent[] components = Objects.requireNonNull(record.getRecordComponents());
    Class<?>[] types = Arrays.stream(components).map(c -> c.getType()).toArray(Class<?>[]::new);
    Object[] values = new Object[components.length];
    boolean found = false;
    try {
      for (int i = 0; i < components.length; i++) {
        boolean changed = components[i].getName().equals(name) && types[i] == type;
        components[i].getAccessor().setAccessible(true); // for records that are not public
        values[i] = changed ? value : components[i].getAccessor().invoke(settings);
        found |= changed;
      }
      if (!found) {
        throw none(record, name);
      }
      var constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (S) constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) {
        throw refused;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static IllegalArgumentException none(Class<?> record, String name) {
    return new IllegalArgumentException(
        "Cannot set %s: %s has no setting %s.".formatted(name, Extensions.nameOf(record), name));
  }
}
