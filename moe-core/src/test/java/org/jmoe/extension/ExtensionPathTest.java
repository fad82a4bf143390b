package org.jmoe.extension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.jmoe.layer.RouterSpec;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExtensionPathTest {
  private static final String ROUTER =
      """
      import org.jmoe.layer.*;
      import org.jmoe.tensor.Seed;

      final class LastRouter {
        record Spec(int k) implements RouterSpec {
          @Override public Router build(int dim, int experts, Seed seed) {
            throw new UnsupportedOperationException("not built in this test");
          }

          @Override public int activeExperts(int experts) {
            return k;
          }
        }
      }
      """;
  private static final String SERVICE = "META-INF/services/org.jmoe.extension.Extension";

  @TempDir Path folder = Path.of("");

  private Path source(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path jar(String name, String service) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry(SERVICE));
      out.write(service.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return jar;
  }

  private static Extensions load(String classPath, Path... named) {
    return ExtensionPath.of(classPath, List.of(named)).load();
  }

  private static String errorOf(String classPath, Path... named) {
    return Errors.message(ExtensionException.class, () -> load(classPath, named));
  }

  @Test
  void aJavaFileIsCompiledAndRecorded() throws IOException {
    Extensions all = load("", source("LastRouter.java", ROUTER));
    Class<?> type = all.types(RouterSpec.class).get("LastRouter");
    assertEquals("LastRouter$Spec", type == null ? "none" : type.getName());
    assertEquals(1, all.sources().size());
    assertEquals("LastRouter.java", all.sources().get(0).file());
    assertEquals(ROUTER, all.sources().get(0).text());
    assertEquals(64, all.sources().get(0).sha256().length());
  }

  @Test
  void filesMayUseEachOther() throws IOException {
    Path one =
        source(
            "Twice.java",
            "record Twice(LastRouter.Spec router) implements org.jmoe.layer.RouterSpec {"
                + " public org.jmoe.layer.Router build(int d, int e, org.jmoe.tensor.Seed s) {"
                + " return router.build(d, e, s); }"
                + " public int activeExperts(int e) { return router.activeExperts(e); } }");
    Extensions all = load("", one, source("LastRouter.java", ROUTER));
    assertTrue(all.types(RouterSpec.class).keySet().containsAll(List.of("Twice", "LastRouter")));
  }

  @Test
  void compilerErrorsHaveFileAndLine() throws IOException {
    Path file = source("LastRouter.java", ROUTER.replace("return k;", "return q;"));
    String error = errorOf("", file);
    assertTrue(error.startsWith(file + ":11: error: cannot find symbol"), error);
    assertTrue(error.contains("variable q"), error);
    assertEquals(1, error.lines().count());
  }

  @Test
  void aFileWithoutExtensionsIsRejected() throws IOException {
    String error = errorOf("", source("Other.java", "final class Other {}"));
    assertTrue(error.contains("Other.java] defines no extension"), error);
    assertTrue(error.contains("RouterSpec"), error);
  }

  @Test
  void aDuplicateNameIsRejected() throws IOException {
    String text = ROUTER.replace("LastRouter", "AllowNonCausal");
    String error = errorOf("", source("AllowNonCausal.java", text));
    assertTrue(error.contains("RouterSpec 'AllowNonCausal'; the name is already used by"), error);
  }

  @Test
  void aMissingPathIsRejected() throws IOException {
    Path none = folder.resolve("none.jar");
    assertEquals("extension path %s does not exist".formatted(none), errorOf("", none));
    assertEquals("extension path %s does not exist".formatted(none), errorOf(none.toString()));
    Path text = Files.createFile(folder.resolve("notes.txt"));
    assertTrue(errorOf("", text).contains("specify a jar, a folder of classes or a .java file"));
    assertTrue(errorOf("", folder).contains("lists no extension"));
  }

  @Test
  void classPathEntriesMayHaveNoExtensions() throws IOException {
    Path libraries = Files.createDirectories(folder.resolve("lib"));
    String path = folder + File.pathSeparator + libraries + "/*";
    assertEquals(Extensions.load().kinds(), load(path).kinds());
    assertEquals(0, load(path).sources().size());
  }

  @Test
  void aMissingListedClassIsReported() throws IOException {
    String error = errorOf("", jar("broken.jar", "app.Missing"));
    assertTrue(error.startsWith("cannot load an extension: Provider app.Missing not found"));
    assertTrue(error.contains("broken.jar"), error);
  }

  @Test
  void aListedClassOfAnotherTypeIsReported() throws IOException {
    String error = errorOf(jar("broken.jar", "org.jmoe.tensor.Seed").toString());
    assertTrue(
        error.startsWith("cannot load an extension: org.jmoe.tensor.Seed not a subtype"), error);
    assertTrue(error.contains("broken.jar"), error);
  }
}
