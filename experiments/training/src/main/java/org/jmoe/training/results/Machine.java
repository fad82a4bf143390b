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
 * What a result depends on beside its configuration.
 *
 * @param java version and vendor
 * @param djl version of Deep Java Library
 * @param libtorch version of the PyTorch library
 * @param os name, version and architecture
 * @param cpu model
 * @param threads that the engine computes with
 * @param devices that the engine sees
 */
public record Machine(
    String java,
    String djl,
    String libtorch,
    String os,
    String cpu,
    int threads,
    List<String> devices) {

  /** The machine that this runs on. */
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

  /** Most memory that this process held so far, in bytes; 0 where the system does not tell. */
  public static long peakRssBytes() {
    String kib = line(Path.of("/proc/self/status"), "VmHWM", "0 kB");
    return Long.parseLong(kib.substring(0, kib.indexOf(' '))) * 1024;
  }

  private static String line(Path file, String key, String otherwise) {
    if (!Files.isReadable(file)) {
      return otherwise;
    }
    try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines
          .filter(l -> l.startsWith(key))
          .map(l -> l.substring(l.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(otherwise);
    } catch (IOException e) {
      return otherwise; // a fact for the record, not worth a failed run
    }
  }
}
