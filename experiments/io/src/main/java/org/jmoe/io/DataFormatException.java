package org.jmoe.io;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A data file is malformed or unsupported. The message is one sentence that states the file, the
 * place, the value and the fix.
 */
public final class DataFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception about a file.
   *
   * @param file the malformed file
   * @param problem predicate of the message, for example "has 3 bytes, too few for a header"
   */
  public DataFormatException(Path file, String problem) {
    super(OneLine.of(file + " " + problem + "."));
  }

  /**
   * Creates an exception about a part of a file, such as an entry of an archive.
   *
   * @param place the file and the part
   */
  public DataFormatException(String place, String problem) {
    super(OneLine.of(place + " " + problem + "."));
  }

  /** Creates an exception with a cause. */
  public DataFormatException(String place, String problem, Throwable cause) {
    super(OneLine.of(place + " " + problem + "."), cause);
  }

  /** Creates an exception with a cause. */
  public DataFormatException(Path file, String problem, Throwable cause) {
    super(OneLine.of(file + " " + problem + "."), cause);
  }

  /** Returns the message. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
