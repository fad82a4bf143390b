package org.jmoe.app.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jmoe.io.Json;

/** Finds an installed IJava or JJava kernel. */
public final class KernelFinder {
  private KernelFinder() {}

  /** Returns the first one in search order. */
  public static Optional<KernelJar> installed(JupyterFolders folders) {
    return folders.all().stream()
        .map(folder -> folder.resolve("kernels"))
        .flatMap(KernelFinder::children)
        .flatMap(KernelFinder::jar)
        .findFirst();
  }

  private static Stream<Path> children(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList().stream();
    } catch (IOException e) {
      return Stream.empty(); // missing or not readable
    }
  }

  /** Returns the kernel of a kernelspec; empty for other kernels and malformed kernelspecs. */
  private static Stream<KernelJar> jar(Path spec) {
    try {
      JsonNode json = Json.plain().readTree(spec.resolve("kernel.json").toFile());
      List<Path> jars =
          arguments(json).filter(KernelFinder::isKernel).map(a -> place(a, spec)).toList();
      return jars.stream()
          .filter(Files::isRegularFile)
          .limit(1)
          .map(KernelJar::of)
          .toList()
          .stream();
    } catch (IOException | RuntimeException e) {
      return Stream.empty();
    }
  }

  private static Stream<String> arguments(JsonNode json) {
    Stream.Builder<String> arguments = Stream.builder();
    json.path("argv").forEach(a -> arguments.add(a.asText()));
    return arguments.build();
  }

  private static boolean isKernel(String argument) {
    String name = argument.substring(argument.replace('\\', '/').lastIndexOf('/') + 1);
    return name.matches("(ijava|jjava).*[.]jar") && !name.contains("launcher");
  }

  private static Path place(String argument, Path spec) {
    return Path.of(argument.replace("{resource_dir}", spec.toString()));
  }
}
