package org.jmoe.app.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Downloads rapaio, the Java kernel on Maven Central, with Maven, so Maven's settings, mirrors and
 * local repository apply.
 */
public final class KernelFetch {
  private static final String VERSION = "3.0.1";
  private static final String ARTIFACT =
      "io.github.padreati:rapaio-jupyter-kernel:" + VERSION + ":jar";
  private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

  private KernelFetch() {}

  /** Returns the path of the downloaded jar in a folder. */
  public static Path place(Path folder) {
    return folder.resolve("rapaio-jupyter-kernel-" + VERSION + ".jar");
  }

  /**
   * Downloads the kernel into a folder unless it exists.
   *
   * @param folder destination
   * @param maven Maven executable
   * @throws IllegalStateException if Maven fails; the message contains the first line of its output
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
        String output =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0 || !Files.isRegularFile(jar)) {
          throw new IllegalStateException(
              "Maven could not download the kernel %s (%s); download the jar of a Java kernel and pass it with --kernel"
                  .formatted(ARTIFACT, output.lines().findFirst().orElse("no output")));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot download the kernel with " + maven, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while downloading the kernel", e);
      }
    }
    return KernelJar.of(jar);
  }
}
