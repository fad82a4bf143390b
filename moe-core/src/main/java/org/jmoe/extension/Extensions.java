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
 * Everything registered by extensions: types, selected by {@code "type"} in JSON, and named values
 * such as experiments or router presets. Immutable; loaded once at program start and passed on.
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

  /** Returns an empty instance. */
  public static Extensions none() {
    return new Extensions(ImmutableTable.of(), ImmutableTable.of(), ImmutableList.of());
  }

  /**
   * Loads all extensions on the class path, including jmoe's own.
   *
   * @throws ExtensionException with class and jar, if one cannot be used
   */
  public static Extensions load() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return load(context == null ? ClassLoader.getSystemClassLoader() : context);
  }

  /** Loads all extensions visible to a class loader. */
  public static Extensions load(ClassLoader loader) {
    return ExtensionLoader.all(loader).stream().reduce(none(), Extensions::with, (one, two) -> two);
  }

  /**
   * Returns a copy with one more extension.
   *
   * @throws ExtensionException if it throws or a name is already in use
   */
  public Extensions with(Extension more) {
    Builder builder = new Builder(this, ExtensionLoader.describe(more.getClass()));
    try {
      more.contribute(builder);
    } catch (ExtensionException e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      throw new ExtensionException("extension %s threw %s".formatted(builder.origin, e), e);
    }
    return builder.build();
  }

  /** Returns a copy with one more type, named by {@link #nameOf}. */
  public <T> Extensions with(Class<T> kind, Class<? extends T> type) {
    return with(kind, nameOf(type), type);
  }

  /** Returns a copy with one more type. */
  public <T> Extensions with(Class<T> kind, String name, Class<? extends T> type) {
    return with(to -> to.type(kind, name, type));
  }

  /** Returns a copy that records one more extension file. */
  public Extensions withSource(ExtensionSource source) {
    return new Extensions(
        types,
        values,
        ImmutableList.<ExtensionSource>builder().addAll(sources).add(source).build());
  }

  /**
   * Returns the default name of a type: its simple name, or for a nested {@code Spec} that of the
   * enclosing class.
   */
  public static String nameOf(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return outer != null && type.getSimpleName().equals("Spec")
        ? outer.getSimpleName()
        : type.getSimpleName();
  }

  /** Returns the kinds with registered types. */
  public ImmutableSet<Class<?>> kinds() {
    return types.rowKeySet();
  }

  /** Returns the kinds with registered values. */
  public ImmutableSet<Class<?>> valueKinds() {
    return values.rowKeySet();
  }

  /** Returns the types of a kind by name. */
  public ImmutableMap<String, Class<?>> types(Class<?> kind) {
    return types.row(kind);
  }

  /**
   * Returns the JSON name of a type.
   *
   * @throws ExtensionException if the type is not registered
   */
  public String name(Class<?> kind, Class<?> type) {
    return types(kind).entrySet().stream()
        .filter(entry -> entry.getValue().equals(type))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () ->
                new ExtensionException(
                    "no JSON name is registered for %s; register it with Extensions.load().with(%s.class, %s.class)"
                            .formatted(
                                type.getName(), kind.getSimpleName(), type.getCanonicalName())
                        + " or in an Extension listed in META-INF/services"));
  }

  /** Returns the values of a kind by name, in order of registration. */
  public <T> ImmutableMap<String, T> values(Class<T> kind) {
    ImmutableMap.Builder<String, T> cast = ImmutableMap.builder();
    values.row(kind).forEach((name, value) -> cast.put(name, kind.cast(value)));
    return cast.buildOrThrow();
  }

  /** Returns the user's extension files. */
  public ImmutableList<ExtensionSource> sources() {
    return sources;
  }

  /** Collects the components of one extension. */
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

    /** Registers a type, named by {@link Extensions#nameOf}. */
    public <T> Builder type(Class<T> kind, Class<? extends T> type) {
      return type(kind, nameOf(type), type);
    }

    /**
     * Registers a type.
     *
     * @param kind interface used in settings, such as {@code RouterSpec}
     * @param name its {@code "type"} in JSON
     * @param type a record; its components are the other JSON keys
     * @throws ExtensionException if the name is in use, or the type is not a record of that kind
     */
    public <T> Builder type(Class<T> kind, String name, Class<? extends T> type) {
      return checkedType(kind, name, type);
    }

    /** Registers a type with a runtime check of its kind. */
    Builder checkedType(Class<?> kind, String name, Class<?> type) {
      if (!kind.isAssignableFrom(type) || !type.isRecord()) {
        throw fault(
            "%s is not a record that implements %s"
                .formatted(type.getName(), kind.getSimpleName()));
      }
      requireFree(kind, name, types.get(kind, name), type);
      types.put(kind, name, type);
      return this;
    }

    /**
     * Registers a named value.
     *
     * @param kind such as {@code Experiment}
     * @throws ExtensionException if the name is in use
     */
    public <T extends Named> Builder value(Class<T> kind, T value) {
      return checkedValue(kind, value);
    }

    /** Registers a value with a runtime check of its kind. */
    Builder checkedValue(Class<?> kind, Named value) {
      if (!kind.isInstance(value)) {
        throw fault("%s is not a %s".formatted(value.getClass().getName(), kind.getSimpleName()));
      }
      requireFree(kind, value.name(), values.get(kind, value.name()), value.getClass());
      values.put(kind, value.name(), value);
      return this;
    }

    private void requireFree(Class<?> kind, String name, @Nullable Object taken, Class<?> mine) {
      if (name.isEmpty()) {
        throw fault("the name of %s must not be empty".formatted(mine.getName()));
      }
      if (taken != null) {
        Class<?> other = taken instanceof Class<?> type ? type : taken.getClass();
        throw fault(
            "cannot register %s as %s '%s'; the name is already used by %s"
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
