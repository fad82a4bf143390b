package org.jmoe.app.notebook;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
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

/**
 * The kernelspec "Java (jmoe)": a Java kernel that has jmoe on its class path and runs as the
 * launcher runs jmoe.
 *
 * @param kernel the kernel
 * @param launch how its virtual machine is started
 */
public record KernelSpec(KernelJar kernel, JavaLaunch launch) {
  /** Its name in notebooks. */
  public static final String NAME = "jmoe";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Checks that this Java can run the kernel. */
  public KernelSpec {
    String here = "the Java in " + System.getProperty("java.home");
    Preconditions.checkArgument(
        ModuleFinder.ofSystem().find("jdk.jshell").isPresent(),
        "%s has no jdk.jshell, which notebooks run on; set JAVA_HOME to a whole JDK of version 17"
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
   * Writes it.
   *
   * @param jupyter a folder of Jupyter's, such as {@code ~/.local/share/jupyter}
   * @return the kernelspec's own folder
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
