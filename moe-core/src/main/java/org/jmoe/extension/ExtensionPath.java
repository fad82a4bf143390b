package org.jmoe.extension;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The locations of user extensions: jars and class folders, which list extensions in {@code
 * META-INF/services}, and Java files, which are compiled in memory.
 *
 * @param libraries jars and folders that may contain extensions or their dependencies
 * @param named jars, folders and Java files that must contain extensions
 */
public record ExtensionPath(ImmutableList<Path> libraries, ImmutableList<Path> named) {
  /**
   * Parses command-line values.
   *
   * @param classPath jars and folders in Java's class path syntax, including {@code folder/*}; may
   *     be empty
   * @throws ExtensionException if an entry does not exist
   */
  public static ExtensionPath of(String classPath, List<Path> named) {
    ImmutableList.Builder<Path> libraries = ImmutableList.builder();
    for (String entry : Splitter.on(File.pathSeparatorChar).omitEmptyStrings().split(classPath)) {
      boolean every = entry.endsWith("*");
      Path path = Path.of(every ? entry.substring(0, entry.length() - 1) : entry);
      requireExists(path);
      if (every) {
        libraries.addAll(jars(path));
      } else {
        libraries.add(path);
      }
    }
    named.forEach(ExtensionPath::requireExists);
    Set<String> names = new HashSet<>();
    for (Path path : named) {
      if (isSource(path) && !names.add(String.valueOf(path.getFileName()))) {
        throw new ExtensionException(
            "two extension files are named %s; rename one, because runs store them by name"
                .formatted(path));
      }
    }
    return new ExtensionPath(libraries.build(), ImmutableList.copyOf(named));
  }

  /**
   * Loads jmoe's extensions and those of the path.
   *
   * @throws ExtensionException with the file, if one cannot be used
   */
  public Extensions load() {
    ImmutableList<Path> binaries = binaries();
    // Never closed: classes are loaded on first use.
    URLClassLoader loader =
        new URLClassLoader(urls(binaries), Thread.currentThread().getContextClassLoader());
    Extensions all = Extensions.load(loader);
    for (Path path : binaries) {
      boolean lists = lists(path);
      if (!lists && named.contains(path)) {
        throw new ExtensionException(
            "%s lists no extension: it has no %s; to compile a source file, specify the .java file"
                .formatted(path, ExtensionLoader.SERVICES));
      }
      all = lists ? all.withSource(ExtensionSource.of(path)) : all;
    }
    List<Path> sources = sources();
    return sources.isEmpty() ? all : SourceExtensions.add(sources, binaries, loader, all);
  }

  /** Returns the jars and folders, the entries of a class path. */
  public ImmutableList<Path> binaries() {
    return Stream.concat(libraries.stream(), named.stream().filter(path -> !isSource(path)))
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns the Java files. */
  public ImmutableList<Path> sources() {
    return named.stream().filter(ExtensionPath::isSource).collect(ImmutableList.toImmutableList());
  }

  private static boolean isSource(Path path) {
    return path.toString().endsWith(".java");
  }

  private static void requireExists(Path path) {
    if (!Files.exists(path)) {
      throw new ExtensionException("extension path %s does not exist".formatted(path));
    }
    boolean known = isSource(path) || path.toString().endsWith(".jar") || Files.isDirectory(path);
    if (!known) {
      throw new ExtensionException(
          "%s is not an extension; specify a jar, a folder of classes or a .java file"
              .formatted(path));
    }
  }

  private static List<Path> jars(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(path -> path.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static boolean lists(Path path) {
    try (URLClassLoader alone = new URLClassLoader(urls(List.of(path)), null)) {
      return alone.findResource(ExtensionLoader.SERVICES) != null;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path, e);
    }
  }

  private static URL[] urls(List<Path> paths) {
    return paths.stream().map(ExtensionPath::url).toArray(URL[]::new);
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new ExtensionException("cannot load extensions from %s".formatted(path), e);
    }
  }
}
