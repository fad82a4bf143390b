package org.jmoe.view.data;

import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;

/** One-sentence error messages for the page. */
public final class Sentences {
  private Sentences() {}

  /** Returns the message of an exception in one line, with the cause for I/O errors. */
  public static String of(Throwable e) {
    String message = e.getMessage();
    String line =
        message == null || message.isBlank()
            ? "The server failed with " + e.getClass().getSimpleName()
            : message.lines().findFirst().orElse("").strip();
    if (e instanceof UncheckedIOException io && io.getCause() != null) {
      line +=
          io.getCause() instanceof NoSuchFileException
              ? ": there is no such file"
              : ": " + io.getCause().getMessage();
    }
    return line;
  }
}
