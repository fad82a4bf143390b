package org.jmoe.extension;

import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Extensions from Java files. Files may define an {@link Extension}. If none does, each record that
 * implements a registered kind becomes a type, and each class with a no-argument constructor that
 * implements a kind of {@link Named} values becomes a value.
 */
final class SourceExtensions {
  private SourceExtensions() {}

  /** Returns a copy with the components and the text of the files. */
  static Extensions add(
      List<Path> files, List<Path> libraries, ClassLoader parent, Extensions before) {
    Map<Path, ExtensionSource> sources = new LinkedHashMap<>();
    files.forEach(file -> sources.put(file, ExtensionSource.ofText(file)));
    List<Class<?>> classes = SourceCompiler.compile(sources, libraries, parent);
    Extensions all = before;
    List<Class<?>> lists =
        classes.stream().filter(c -> Extension.class.isAssignableFrom(c) && isConcrete(c)).toList();
    if (lists.isEmpty()) {
      all = all.with(to -> contribute(classes, before, files, to));
    }
    for (Class<?> list : lists) {
      all = all.with((Extension) instantiate(list));
    }
    for (ExtensionSource source : sources.values()) {
      all = all.withSource(source);
    }
    return all;
  }

  private static void contribute(
      List<Class<?>> classes, Extensions known, List<Path> files, Extensions.Builder to) {
    List<Class<?>> used = new ArrayList<>();
    for (Class<?> type : classes) {
      for (Class<?> kind : known.kinds()) {
        if (type.isRecord() && kind.isAssignableFrom(type)) {
          to.checkedType(kind, Extensions.nameOf(type), type);
          used.add(type);
        }
      }
      for (Class<?> kind : known.valueKinds()) {
        if (!type.isRecord() && isConcrete(type) && kind.isAssignableFrom(type)) {
          to.checkedValue(kind, (Named) instantiate(type));
          used.add(type);
        }
      }
    }
    if (used.isEmpty()) {
      throw new ExtensionException(
          "%s defines no extension: no record implements one of %s, and no class one of %s"
              .formatted(files, names(known.kinds()), names(known.valueKinds())));
    }
  }

  private static List<String> names(Iterable<Class<?>> kinds) {
    List<String> names = new ArrayList<>();
    kinds.forEach(kind -> names.add(kind.getSimpleName()));
    return names;
  }

  private static boolean isConcrete(Class<?> type) {
    return !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
  }

  private static Object instantiate(Class<?> type) {
    try {
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new ExtensionException(
          "cannot call the no-argument constructor of %s: %s".formatted(type.getName(), e), e);
    }
  }
}
