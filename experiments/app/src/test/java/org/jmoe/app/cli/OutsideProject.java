package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles sources outside jmoe against its modules. */
final class OutsideProject {
  private OutsideProject() {}

  /** Compiles files into a folder and returns it; compile errors fail the test. */
  static Path compile(List<String> files, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertNotNull(compiler, "tests need a JDK");
    Files.createDirectories(classes);
    List<String> options =
        new ArrayList<>(
            List.of("-proc:none", "-nowarn", "-cp", classPath(), "-d", classes.toString()));
    options.addAll(files);
    assertEquals(0, compiler.run(null, null, null, options.toArray(String[]::new)));
    return classes;
  }

  /** Packs a folder of classes into a jar. */
  static void pack(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> walk = Files.walk(classes)) {
      for (Path each : walk.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(each).toString().replace('\\', '/')));
        Files.copy(each, out);
      }
    }
  }

  /** Returns the class path of jmoe's modules, the test jar of its core and their dependencies. */
  private static String classPath() {
    List<String> entries = new ArrayList<>(List.of(System.getProperty("java.class.path")));
    for (Class<?> each :
        List.of(
            Main.class,
            org.jmoe.catalog.engine.Experiment.class,
            org.jmoe.training.run.Run.class,
            org.jmoe.layer.Router.class,
            org.jmoe.routing.topk.TopKRouter.class,
            org.jmoe.testing.RouterContract.class,
            org.junit.jupiter.api.Test.class,
            org.jmoe.data.formats.TokenData.class,
            org.jmoe.io.FileBytes.class,
            org.apache.arrow.memory.BufferAllocator.class,
            com.google.common.collect.ImmutableMap.class,
            com.fasterxml.jackson.core.TreeNode.class,
            com.fasterxml.jackson.databind.JsonNode.class,
            ai.djl.ndarray.NDArray.class)) {
      entries.add(each.getProtectionDomain().getCodeSource().getLocation().getPath());
    }
    return String.join(File.pathSeparator, entries);
  }
}
