package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * Executable jar of a Java kernel for Jupyter.
 *
 * @param file path of the jar
 * @param mainClass main class, which takes the connection file
 * @param jdk minimum JDK version
 */
public record KernelJar(Path file, String mainClass, int jdk) {
  private static final int CLASS_FILES_BEFORE_JDK_1 = 44;

  /**
   * Reads the manifest and the main class of a jar.
   *
   * @throws IllegalArgumentException if the jar is not executable
   */
  public static KernelJar of(Path file) {
    Preconditions.checkArgument(
        Files.isRegularFile(file),
        "kernel %s does not exist; give the path of the jar of a Java kernel",
        file);
    try (JarFile jar = new JarFile(file.toFile())) {
      Manifest manifest = jar.getManifest();
      String main =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
      ZipEntry entry = main == null ? null : jar.getEntry(main.replace('.', '/') + ".class");
      Preconditions.checkArgument(
          entry != null, "%s has no main class; give the path of the jar of a Java kernel", file);
      try (InputStream bytes = jar.getInputStream(entry);
          DataInputStream data = new DataInputStream(bytes)) {
        data.readInt(); // magic
        data.readUnsignedShort(); // minor version
        return new KernelJar(
            file.toAbsolutePath(),
            String.valueOf(main),
            data.readUnsignedShort() - CLASS_FILES_BEFORE_JDK_1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
