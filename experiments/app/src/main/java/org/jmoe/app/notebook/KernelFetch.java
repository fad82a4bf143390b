package org.jmoe.app.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Fetches the one Java kernel that Maven Central has, by Maven, so that its settings, mirrors and
 * local repository apply.
 */
public final class KernelFetch {
  private static final String VERSION = "3.0.1";
  private static final String ARTIFACT =
      "io.github.padreati:rapaio-jupyter-kernel:" + VERSION + ":jar";
  private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

  private KernelFetch() {}

  /** Where it lies in a folder once fetched. */
  public static Path place(Path folder) {
    return folder.resolve("rapaio-jupyter-kernel-" + VERSION + ".jar");
  }

  /**
   * Fetches it into a folder, unless it is there.
   *
   * @throws IllegalStateException when Maven could not, with what it said
   */
  public static KernelJar into(Path folder, String maven) {
    Path jar = place(folder);
    if (!Files.isRegularFile(jar)) {
      try {
        Files.createDirectories(folder);
        List<String> command =
            List.of(
                maven, "-B", "-q", COPY, "-Dartifact=" + ARTIFACT, "-DoutputDirectory=" + folder);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Process process = builder.directory(folder.toFile()).start();
        process.getOutputStream().close();
        String said =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0 || !Files.isRegularFile(jar)) {
          throw new IllegalStateException(
              "Maven could not fetch the kernel %s (%s); put the jar of a Java kernel somewhere and name it with --kernel"
                  .formatted(ARTIFACT, said.lines().findFirst().orElse("it said nothing")));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot fetch the kernel with " + maven, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while fetching the kernel", e);
      }
    }
    return KernelJar.of(jar);
  }
}
