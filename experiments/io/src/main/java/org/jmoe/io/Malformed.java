package org.jmoe.io;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Converts exceptions of parsers to {@link DataFormatException}. */
public final class Malformed {
  private Malformed() {}

  /**
   * Runs a parser.
   *
   * @param what part of the file, for the message
   */
  public static <T> T guard(Path file, String what, Supplier<T> parser) {
    try {
      return parser.get();
    } catch (DataFormatException | UncheckedIOException | MissingFlagException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError | AssertionError e) {
      // Arrow and FlatBuffers throw almost any unchecked exception on malformed bytes.
      throw new DataFormatException(
          file,
          "is malformed: %s cannot be read (%s); write or copy the file again"
              .formatted(what, reason(e)),
          e);
    }
  }

  private static String reason(Throwable e) {
    if (e instanceof NullPointerException
        || e instanceof NoSuchElementException
        || String.valueOf(e.getMessage()).endsWith("EOFException")) {
      return "a part is missing";
    }
    if (e instanceof IndexOutOfBoundsException) {
      return "an index is out of range";
    }
    @Nullable String message = e.getMessage();
    String text =
        message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse("");
    String shorter = text.length() > 120 ? text.substring(0, 120) + "…" : text;
    return shorter.strip().replaceAll("[.;:]+$", "");
  }
}
