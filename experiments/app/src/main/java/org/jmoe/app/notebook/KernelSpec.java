package org.jmoe.app.notebook;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Preconditions;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.Json;

/**
 * Kernelspec "Java (jmoe)": a Java kernel with jmoe on its class path and the JVM settings of the
 * jmoe launcher.
 *
 * @param kernel Java kernel
 * @param launch launch settings of the JVM
 */
public record KernelSpec(KernelJar kernel, JavaLaunch launch) {
  /** Name of the kernelspec in notebooks. */
  public static final String NAME = "jmoe";

  private static final ObjectMapper MAPPER = Json.indented();

  /** Checks that this JDK can run the kernel. */
  public KernelSpec {
    String here = "the Java in " + System.getProperty("java.home");
    Preconditions.checkArgument(
        ModuleFinder.ofSystem().find("jdk.jshell").isPresent(),
        "%s has no module jdk.jshell, which notebooks need; set JAVA_HOME to a full JDK, version 17"
            + " or newer",
        here);
    Preconditions.checkArgument(
        kernel.jdk() <= Runtime.version().feature(),
        "kernel %s needs JDK %s and %s is %s; set JAVA_HOME to a newer one",
        kernel.file(),
        kernel.jdk(),
        here,
        Runtime.version().feature());
  }

  /**
   * Writes the kernelspec.
   *
   * @param jupyter a Jupyter data directory, such as {@code ~/.local/share/jupyter}
   * @return the folder of the kernelspec
   */
  public Path write(Path jupyter) {
    Path folder = jupyter.resolve("kernels").resolve(NAME);
    Path file = folder.resolve("kernel.json");
    try {
      Files.createDirectories(folder);
      try (AtomicFile output = AtomicFile.create(file, true)) {
        output
            .channel()
            .write(
                ByteBuffer.wrap(
                    MAPPER.writeValueAsString(json()).getBytes(StandardCharsets.UTF_8)));
        output.commit();
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  ObjectNode json() {
    ObjectNode json = MAPPER.createObjectNode();
    ArrayNode argv = json.putArray("argv");
    argv.add(launch.java().toString());
    launch.flags().forEach(argv::add);
    argv.add("--add-opens=jdk.jshell/jdk.jshell=ALL-UNNAMED"); // for JJava
    argv.add("-Djava.awt.headless=true");
    argv.add("-Dai.djl.offline=true");
    argv.add("-cp");
    argv.add(kernel.file() + File.pathSeparator + launch.classPath());
    boolean early = kernel.mainClass().equals(RapaioStart.KERNEL);
    argv.add(early ? RapaioStart.class.getName() : kernel.mainClass());
    argv.add("{connection_file}");
    json.put("display_name", "Java (jmoe)");
    json.put("language", "java");
    json.put("interrupt_mode", "message");
    ObjectNode environment = json.putObject("env");
    launch.environment().forEach(environment::put);
    return json;
  }
}
