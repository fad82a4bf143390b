package org.jmoe.app.notebook;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * A value in several representations; the display chooses one.
 *
 * @param text plain text, for terminals
 * @param html HTML, for browsers; null for none
 * @param picture image, for browsers; null for none
 */
public record Rendering(String text, @Nullable String html, @Nullable BufferedImage picture) {
  /** Returns a rendering as text and HTML. */
  public static Rendering of(String text, String html) {
    return new Rendering(text, html, null);
  }

  /** Returns a rendering as an image, with a text description. */
  public static Rendering of(String text, BufferedImage picture) {
    return new Rendering(text, null, picture);
  }
}
