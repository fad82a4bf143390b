package org.jmoe.app.notebook;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Launch settings of a Java process. Kernels reuse those of this process, which come from the
 * launcher and the manifest of the jar.
 *
 * @param java path of the {@code java} executable
 * @param flags JVM flags
 * @param classPath class path, including jmoe
 * @param environment environment variables that affect the engine
 */
public record JavaLaunch(
    Path java, List<String> flags, String classPath, Map<String, String> environment) {
  private static final List<String> VARIABLES =
      List.of("GLIBC_TUNABLES", "GOMP_SPINCOUNT", "LC_ALL");

  /** Copies the lists. */
  public JavaLaunch {
    flags = ImmutableList.copyOf(flags);
    environment = ImmutableMap.copyOf(environment);
  }

  /** Returns the settings of this process. */
  public static JavaLaunch ofThisProcess() {
    Path code = code();
    ImmutableMap.Builder<String, String> environment = ImmutableMap.builder();
    for (String name : VARIABLES) {
      String value = System.getenv(name);
      if (value != null) {
        environment.put(name, value);
      }
    }
    return new JavaLaunch(
        Path.of(System.getProperty("java.home"), "bin", "java"),
        Stream.concat(
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream(), opens(code))
            .distinct()
            .toList(),
        Files.isRegularFile(code) ? code.toString() : System.getProperty("java.class.path"),
        environment.buildOrThrow());
  }

  /**
   * Returns a copy with more entries on the class path.
   *
   * @param libraries jars and folders, such as those of {@code JMOE_CLASSPATH}; made absolute,
   *     since a notebook may run in any folder
   */
  public JavaLaunch withLibraries(List<Path> libraries) {
    String joined =
        Stream.concat(Stream.of(classPath), libraries.stream().map(p -> p.toAbsolutePath()))
            .map(String::valueOf)
            .collect(Collectors.joining(File.pathSeparator));
    return new JavaLaunch(java, flags, joined, environment);
  }

  /** Returns {@code --add-opens} flags for the manifest entry used by {@code java -jar}. */
  private static Stream<String> opens(Path code) {
    if (!Files.isRegularFile(code)) {
      return Stream.empty();
    }
    try (JarFile jar = new JarFile(code.toFile())) {
      String opens = jar.getManifest().getMainAttributes().getValue("Add-Opens");
      return opens == null
          ? Stream.empty()
          : Stream.of(opens.split(" ")).map(o -> "--add-opens=" + o + "=ALL-UNNAMED");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + code, e);
    }
  }

  private static Path code() {
    try {
      return Path.of(JavaLaunch.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot locate jmoe's classes", e);
    }
  }
}
