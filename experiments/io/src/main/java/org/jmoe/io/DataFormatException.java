package org.jmoe.io;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A data file that cannot be used as it is. The message is one sentence: file, place, value and
 * fix.
 */
public final class DataFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Names a fault.
   *
   * @param file the file at fault
   * @param problem what is wrong, where, and how to put it right, as the predicate of a sentence
   */
  public DataFormatException(Path file, String problem) {
    super(file + " " + problem + ".");
  }

  /**
   * Names a fault in a part of a file, such as an entry of an archive.
   *
   * @param place the file and the part
   */
  public DataFormatException(String place, String problem) {
    super(place + " " + problem + ".");
  }

  /** As above, with the exception that revealed the fault. */
  public DataFormatException(String place, String problem, Throwable cause) {
    super(place + " " + problem + ".", cause);
  }

  /** As above, with the exception that revealed the fault. */
  public DataFormatException(Path file, String problem, Throwable cause) {
    super(file + " " + problem + ".", cause);
  }

  /** The sentence. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
