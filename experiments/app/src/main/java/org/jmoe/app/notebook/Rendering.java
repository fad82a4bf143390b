package org.jmoe.app.notebook;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * One thing to show, in every form that it has; who shows it chooses.
 *
 * @param text for a terminal
 * @param html for a browser; null for none
 * @param picture for a browser; null for none
 */
public record Rendering(String text, @Nullable String html, @Nullable BufferedImage picture) {
  /** Text and the same as HTML. */
  public static Rendering of(String text, String html) {
    return new Rendering(text, html, null);
  }

  /** A picture, and what it is in words. */
  public static Rendering of(String text, BufferedImage picture) {
    return new Rendering(text, null, picture);
  }
}
