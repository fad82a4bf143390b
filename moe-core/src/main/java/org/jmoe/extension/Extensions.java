package org.jmoe.extension;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import com.google.common.collect.Tables;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that extensions contribute: types that JSON names by {@code "type"}, and named values
 * such as experiments or router presets. Immutable; loaded once at the entry of a program and
 * passed on.
 */
public final class Extensions {
  private final ImmutableTable<Class<?>, String, Class<?>> types;
  private final ImmutableTable<Class<?>, String, Object> values;
  private final ImmutableList<ExtensionSource> sources;

  private Extensions(
      ImmutableTable<Class<?>, String, Class<?>> types,
      ImmutableTable<Class<?>, String, Object> values,
      ImmutableList<ExtensionSource> sources) {
    this.types = types;
    this.values = values;
    this.sources = sources;
  }

  /** Without anything. */
  public static Extensions none() {
    return new Extensions(ImmutableTable.of(), ImmutableTable.of(), ImmutableList.of());
  }

  /**
   * All extensions on the class path, jmoe's own among them.
   *
   * @throws ExtensionException naming the class and its jar, when one cannot be used
   */
  public static Extensions load() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return load(context == null ? ClassLoader.getSystemClassLoader() : context);
  }

  /** The same of a class loader. */
  public static Extensions load(ClassLoader loader) {
    return ExtensionLoader.all(loader).stream().reduce(none(), Extensions::with, (one, two) -> two);
  }

  /**
   * With one more extension.
   *
   * @throws ExtensionException when it throws, or a name is taken
   */
  public Extensions with(Extension more) {
    Builder builder = new Builder(this, ExtensionLoader.describe(more.getClass()));
    try {
      more.contribute(builder);
    } catch (ExtensionException e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      throw new ExtensionException("extension %s throws %s".formatted(builder.origin, e), e);
    }
    return builder.build();
  }

  /** With one more type of JSON, called as {@link #nameOf} says. */
  public <T> Extensions with(Class<T> kind, Class<? extends T> type) {
    return with(kind, nameOf(type), type);
  }

  /** With one more type of JSON. */
  public <T> Extensions with(Class<T> kind, String name, Class<? extends T> type) {
    return with(to -> to.type(kind, name, type));
  }

  /** With the record of a file that extensions were loaded from. */
  public Extensions withSource(ExtensionSource source) {
    return new Extensions(
        types,
        values,
        ImmutableList.<ExtensionSource>builder().addAll(sources).add(source).build());
  }

  /** The name of a type: its own, or that of the class that a {@code Spec} is nested in. */
  public static String nameOf(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return outer != null && type.getSimpleName().equals("Spec")
        ? outer.getSimpleName()
        : type.getSimpleName();
  }

  /** The kinds of which there are types. */
  public ImmutableSet<Class<?>> kinds() {
    return types.rowKeySet();
  }

  /** The kinds of which there are values. */
  public ImmutableSet<Class<?>> valueKinds() {
    return values.rowKeySet();
  }

  /** The types of a kind by their names. */
  public ImmutableMap<String, Class<?>> types(Class<?> kind) {
    return types.row(kind);
  }

  /**
   * The name by which JSON calls a type.
   *
   * @throws ExtensionException when it has none, saying how to give it one
   */
  public String name(Class<?> kind, Class<?> type) {
    return types(kind).entrySet().stream()
        .filter(entry -> entry.getValue().equals(type))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () ->
                new ExtensionException(
                    "JSON has no name for %s: register it by Extensions.load().with(%s.class, %s.class)"
                            .formatted(
                                type.getName(), kind.getSimpleName(), type.getCanonicalName())
                        + " or in an Extension of META-INF/services"));
  }

  /** The values of a kind by their names, in the order in which they were contributed. */
  public <T> ImmutableMap<String, T> values(Class<T> kind) {
    ImmutableMap.Builder<String, T> cast = ImmutableMap.builder();
    values.row(kind).forEach((name, value) -> cast.put(name, kind.cast(value)));
    return cast.buildOrThrow();
  }

  /** The files named by the user that extensions were loaded from. */
  public ImmutableList<ExtensionSource> sources() {
    return sources;
  }

  /** Takes what one extension contributes. */
  public static final class Builder {
    private final String origin;
    private final Table<Class<?>, String, Class<?>> types = ordered();
    private final Table<Class<?>, String, Object> values = ordered();
    private final ImmutableList<ExtensionSource> sources;

    private Builder(Extensions before, String origin) {
      this.origin = origin;
      types.putAll(before.types);
      values.putAll(before.values);
      sources = before.sources;
    }

    private static <V> Table<Class<?>, String, V> ordered() {
      return Tables.newCustomTable(new LinkedHashMap<>(), LinkedHashMap::new);
    }

    /** A type of JSON, called as {@link Extensions#nameOf} says. */
    public <T> Builder type(Class<T> kind, Class<? extends T> type) {
      return type(kind, nameOf(type), type);
    }

    /**
     * A type of JSON.
     *
     * @param kind the interface that settings hold, such as {@code RouterSpec}
     * @param name its {@code "type"}
     * @param type the record that JSON's other keys are the components of
     * @throws ExtensionException when the name is taken, or the type is no record of that kind
     */
    public <T> Builder type(Class<T> kind, String name, Class<? extends T> type) {
      return checkedType(kind, name, type);
    }

    /** A type whose kind the compiler did not check. */
    Builder checkedType(Class<?> kind, String name, Class<?> type) {
      if (!kind.isAssignableFrom(type) || !type.isRecord()) {
        throw fault("%s is no record that is a %s".formatted(type.getName(), kind.getSimpleName()));
      }
      requireFree(kind, name, types.get(kind, name), type);
      types.put(kind, name, type);
      return this;
    }

    /**
     * A value that is found by its name.
     *
     * @param kind such as {@code Experiment}
     * @throws ExtensionException when the name is taken
     */
    public <T extends Named> Builder value(Class<T> kind, T value) {
      return checkedValue(kind, value);
    }

    /** A value whose kind the compiler did not check. */
    Builder checkedValue(Class<?> kind, Named value) {
      if (!kind.isInstance(value)) {
        throw fault("%s is no %s".formatted(value.getClass().getName(), kind.getSimpleName()));
      }
      requireFree(kind, value.name(), values.get(kind, value.name()), value.getClass());
      values.put(kind, value.name(), value);
      return this;
    }

    private void requireFree(Class<?> kind, String name, @Nullable Object taken, Class<?> mine) {
      if (name.isEmpty()) {
        throw fault("%s needs a name".formatted(mine.getName()));
      }
      if (taken != null) {
        Class<?> other = taken instanceof Class<?> type ? type : taken.getClass();
        throw fault(
            "%s cannot be the %s '%s', a name taken by %s"
                .formatted(
                    mine.getName(), kind.getSimpleName(), name, ExtensionLoader.describe(other)));
      }
    }

    private ExtensionException fault(String what) {
      return new ExtensionException("extension %s: %s".formatted(origin, what));
    }

    private Extensions build() {
      return new Extensions(ImmutableTable.copyOf(types), ImmutableTable.copyOf(values), sources);
    }
  }
}
