package org.jmoe.app.notebook;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Base64;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Supported Java kernels, accessed by reflection. Each has a class {@code DisplayData}, which maps
 * media types to values, and a kernel instance that displays it.
 */
enum JupyterKernel {
  RAPAIO(
      "org.rapaio.jupyter.kernel.display.DisplayData",
      "org.rapaio.jupyter.kernel.MainApp",
      "kernel"),
  JJAVA(
      "org.dflib.jjava.jupyter.kernel.display.DisplayData",
      "org.dflib.jjava.jupyter.kernel.BaseKernel",
      "notebookKernel"),
  JJAVA_BEFORE_2025(
      "org.dflib.jjava.jupyter.kernel.display.DisplayData",
      "org.dflib.jjava.JJava",
      "getKernelInstance"),
  IJAVA(
      "io.github.spencerpark.jupyter.kernel.display.DisplayData",
      "io.github.spencerpark.ijava.IJava",
      "getKernelInstance");

  private final String data;
  private final String holder;
  private final String member;

  JupyterKernel(String data, String holder, String member) {
    this.data = data;
    this.holder = holder;
    this.member = member;
  }

  /** Returns the display of this kernel; null if it does not run in this process. */
  @Nullable Display display(ClassLoader loader) {
    try {
      Class<?> dataClass = Class.forName(data, true, loader);
      Object kernel = running(Class.forName(holder, true, loader));
      if (kernel == null) {
        return null;
      }
      Method display = kernel.getClass().getMethod("display", dataClass);
      return rendering -> {
        try {
          System.out.flush(); // keeps the order of output
          display.invoke(kernel, bundle(dataClass, rendering));
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("kernel " + this + " cannot display a value: " + e, e);
        }
      };
    } catch (ReflectiveOperationException | LinkageError e) {
      return null; // another kernel, another version of this one, or none
    }
  }

  private @Nullable Object running(Class<?> type) throws ReflectiveOperationException {
    for (Field field : type.getFields()) {
      if (field.getName().equals(member)) {
        return field.get(null);
      }
    }
    return type.getMethod(member).invoke(null);
  }

  private static Object bundle(Class<?> type, Rendering rendering)
      throws ReflectiveOperationException {
    Object bundle = empty(type);
    Method put = type.getMethod("putData", String.class, Object.class);
    put.invoke(bundle, "text/plain", rendering.text());
    if (rendering.html() != null) {
      put.invoke(bundle, "text/html", rendering.html());
    }
    if (rendering.picture() != null) {
      put.invoke(bundle, "image/png", png(rendering.picture()));
    }
    return bundle;
  }

  /** IJava and JJava have a no-argument constructor; rapaio requires a text. */
  private static Object empty(Class<?> type) throws ReflectiveOperationException {
    try {
      return type.getConstructor().newInstance();
    } catch (NoSuchMethodException e) {
      return type.getMethod("fromText", String.class).invoke(null, "");
    }
  }

  /**
   * Returns the picture at the highest compression, since notebooks are kept under version control.
   */
  private static String png(BufferedImage picture) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam settings = writer.getDefaultWriteParam();
    settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    settings.setCompressionQuality(0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), settings);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a picture", e);
    } finally {
      writer.dispose();
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
