package org.jmoe.training.results;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jmoe.tensor.EngineInfo;

/**
 * The hardware and software that a result depends on.
 *
 * @param java Java version and vendor
 * @param djl version of Deep Java Library
 * @param libtorch version of LibTorch
 * @param os operating system, version and architecture
 * @param cpu CPU model
 * @param threads number of engine threads
 * @param devices devices visible to the engine
 */
public record Machine(
    String java,
    String djl,
    String libtorch,
    String os,
    String cpu,
    int threads,
    List<String> devices) {

  /** Returns the description of the current machine. */
  public static Machine current() {
    Engine engine = Engine.getInstance();
    return new Machine(
        System.getProperty("java.version") + " " + System.getProperty("java.vendor"),
        Engine.getDjlVersion(),
        engine.getVersion(),
        String.join(
            " ",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch")),
        cpuModel(),
        EngineInfo.threads(),
        Arrays.stream(engine.getDevices()).map(Object::toString).toList());
  }

  private static String cpuModel() {
    return line(Path.of("/proc/cpuinfo"), "model name", "unknown");
  }

  /** Returns the peak resident set size of this process in bytes; 0 if it is unknown. */
  public static long peakRssBytes() {
    String kib = line(Path.of("/proc/self/status"), "VmHWM", "0 kB");
    return Long.parseLong(kib.substring(0, kib.indexOf(' '))) * 1024;
  }

  private static String line(Path file, String key, String fallback) {
    if (!Files.isReadable(file)) {
      return fallback;
    }
    try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines
          .filter(l -> l.startsWith(key))
          .map(l -> l.substring(l.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(fallback);
    } catch (IOException e) {
      return fallback; // informational, so not a reason to fail a run
    }
  }
}
