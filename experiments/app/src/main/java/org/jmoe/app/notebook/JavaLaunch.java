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
 * How this process was started, to start another in the same way: what the launcher and the jar's
 * manifest say holds for kernels too, and is said nowhere else.
 *
 * @param java the executable
 * @param flags of the virtual machine
 * @param classPath with jmoe on it
 * @param environment the variables that matter to the engine
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

  /** Of this process. */
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
   * The same with more on the class path.
   *
   * @param libraries jars and folders, such as those of {@code JMOE_CLASSPATH}; made absolute, as a
   *     notebook may be started anywhere
   */
  public JavaLaunch withLibraries(List<Path> libraries) {
    String joined =
        Stream.concat(Stream.of(classPath), libraries.stream().map(p -> p.toAbsolutePath()))
            .map(String::valueOf)
            .collect(Collectors.joining(File.pathSeparator));
    return new JavaLaunch(java, flags, joined, environment);
  }

  /** What the manifest opens for {@code java -jar}, as flags for a class path. */
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
      throw new IllegalStateException("cannot find the place of jmoe's classes", e);
    }
  }
}
