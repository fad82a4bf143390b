package org.jmoe.app.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Finds kernels and displays through stand-ins for them; .ci/notebooks uses a real kernel. */
final class JupyterKernelTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource({
    "RAPAIO, org.rapaio.jupyter.kernel.display, org.rapaio.jupyter.kernel, MainApp, 'public static"
        + " final MainApp kernel = new MainApp();', 'private DisplayData() {} public static"
        + " DisplayData fromText(String t) { DisplayData d = new DisplayData();"
        + " d.putData(\"text/plain\", t); return d; }'",
    "JJAVA, org.dflib.jjava.jupyter.kernel.display, org.dflib.jjava.jupyter.kernel, BaseKernel,"
        + " 'public static BaseKernel notebookKernel() { return new BaseKernel(); }', 'public"
        + " DisplayData() {}'",
    "IJAVA, io.github.spencerpark.jupyter.kernel.display, io.github.spencerpark.ijava, IJava,"
        + " 'public static IJava getKernelInstance() { return new IJava(); }', 'public"
        + " DisplayData() {}'",
  })
  void displaysThroughTheApiOfEachKernel(
      String kernel,
      String dataPackage,
      String holderPackage,
      String holder,
      String member,
      String make)
      throws Exception {
    String data =
        "package %s; public class DisplayData { public final java.util.Map<String, Object> all = new java.util.TreeMap<>(); %s public void putData(String t, Object v) { all.put(t, v); } }"
            .formatted(dataPackage, make);
    String running =
        "package %s; public class %s { %s public static final java.util.List<Object> SHOWN = new java.util.ArrayList<>(); public void display(%s.DisplayData d) { SHOWN.add(d.all); } }"
            .formatted(holderPackage, holder, member, dataPackage);
    compile(Map.of(dataPackage + ".DisplayData", data, holderPackage + "." + holder, running));
    try (java.net.URLClassLoader loader =
        new java.net.URLClassLoader(
            new java.net.URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      Display display = Objects.requireNonNull(JupyterKernel.valueOf(kernel).display(loader));
      display.show(Rendering.of("words", "<b>words</b>"));
      display.show(Rendering.of("a picture", new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB)));
      List<?> shown =
          (List<?>) loader.loadClass(holderPackage + "." + holder).getField("SHOWN").get(null);
      assertEquals(Map.of("text/plain", "words", "text/html", "<b>words</b>"), shown.get(0));
      String png = String.valueOf(((Map<?, ?>) shown.get(1)).get("image/png"));
      assertTrue(png.startsWith("iVBORw0KGgo"), png); // PNG signature in Base64
    }
  }

  private void compile(Map<String, String> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> files = new java.util.ArrayList<>(List.of("-proc:none", "-d", folder.toString()));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = folder.resolve(source.getKey().replace('.', '/') + ".java");
      Files.createDirectories(file.getParent());
      Files.writeString(file, source.getValue());
      files.add(file.toString());
    }
    assertEquals(0, compiler.run(null, null, null, files.toArray(new String[0])));
  }

  @Test
  void printsTextWithoutAKernel() {
    for (JupyterKernel kernel : JupyterKernel.values()) {
      assertNull(kernel.display(getClass().getClassLoader()));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream terminal = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Display.current(terminal).show(Rendering.of("words", "<b>words</b>"));
    assertEquals("words", bytes.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void findsAnInstalledKernelThroughItsKernelspec() throws IOException {
    Path spec = Files.createDirectories(folder.resolve("kernels/java"));
    Files.createDirectories(folder.resolve("kernels/python3"));
    Files.writeString(folder.resolve("kernels/python3/kernel.json"), "{\"argv\": [\"python\"]}");
    Path jar = jar(spec.resolve("jjava.jar"));
    JupyterFolders folders =
        JupyterFolders.of(Map.of("JUPYTER_DATA_DIR", folder.toString()), folder, "Linux");
    assertEquals(folder, folders.user());

    Files.writeString(
        spec.resolve("kernel.json"),
        "{\"argv\": [\"java\", \"-jar\", \"{resource_dir}/jjava-launcher.jar\","
            + " \"{resource_dir}/jjava.jar\", \"{connection_file}\"]}");
    assertEquals(jar, KernelFinder.installed(folders).orElseThrow().file());
    assertEquals("a.Kernel", KernelFinder.installed(folders).orElseThrow().mainClass());

    Files.writeString(spec.resolve("kernel.json"), "{broken");
    JupyterFolders here = new JupyterFolders(folder, List.of(folder));
    assertTrue(KernelFinder.installed(here).isEmpty());
  }

  @Test
  void kernelspecReusesTheLaunchSettingsOfThisProcess() throws IOException {
    KernelJar kernel = KernelJar.of(jar(folder.resolve("ijava-1.3.0.jar")));
    JavaLaunch launch = JavaLaunch.ofThisProcess().withLibraries(List.of(Path.of("mine.jar")));
    KernelSpec spec = new KernelSpec(kernel, launch);
    String argv = spec.json().path("argv").toString();
    Path mine = Path.of("mine.jar").toAbsolutePath();
    assertTrue(argv.contains(java.io.File.pathSeparator + mine + "\""), argv);
    assertTrue(
        argv.contains("--add-opens=java.base/java.nio=ALL-UNNAMED"), argv); // set by Surefire
    assertTrue(argv.endsWith("\"a.Kernel\",\"{connection_file}\"]"), argv);
    assertTrue(argv.contains(kernel.file() + java.io.File.pathSeparator), argv);
    assertEquals("1000", spec.json().at("/env/GOMP_SPINCOUNT").asText());
    Path written = spec.write(folder.resolve("share/jupyter"));
    assertEquals(folder.resolve("share/jupyter/kernels/jmoe"), written);
    assertTrue(Files.readString(written.resolve("kernel.json")).contains("Java (jmoe)"));
  }

  @Test
  void rejectsAKernelThatNeedsANewerJdk() {
    KernelJar kernel = new KernelJar(Path.of("k.jar"), "a.Kernel", 99);
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new KernelSpec(kernel, JavaLaunch.ofThisProcess()))
                .getMessage());
    assertTrue(message.contains("needs JDK 99") && message.contains("set JAVA_HOME"), message);
  }

  private Path jar(Path file) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("made"));
    Path source = Files.writeString(classes.resolve("Kernel.java"), "package a; class Kernel {}");
    assertEquals(
        0,
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "--release",
                "17",
                "-d",
                classes.toString(),
                source.toString()));
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "a.Kernel");
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
      jar.putNextEntry(new JarEntry("a/Kernel.class"));
      jar.write(Files.readAllBytes(classes.resolve("a/Kernel.class")));
      jar.closeEntry();
    }
    assertEquals(17, KernelJar.of(file).jdk());
    return file;
  }
}
