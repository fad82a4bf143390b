package org.jmoe.data.formats;

import java.nio.file.Path;
import org.jmoe.io.DataFormatException;

/**
 * Columns with a value per token: whether it is padding, which is skipped, and whether it is
 * predicted or context.
 */
public final class RowMasks {
  /** Column with 1 for tokens and 0 for padding. */
  static final String ATTENTION = "attention_mask";

  /** Column that repeats the tokens, with -100 for tokens that are not predicted. */
  static final String LABELS = "labels";

  private static final long IGNORED = -100;

  private final Path file;

  RowMasks(Path file) {
    this.file = file;
  }

  /** Returns whether a token is not padding, according to its attention mask. */
  boolean attended(long value, long row, long position) {
    if (value != 0 && value != 1) {
      throw new DataFormatException(
          file,
          "has the value %d in %s of row %d at position %d; it must be 0 or 1"
              .formatted(value, ATTENTION, row, position));
    }
    return value == 1;
  }

  /**
   * Returns whether a token is predicted.
   *
   * @param column name of the labels or loss-mask column
   */
  boolean predicted(String column, long value, long id, long row, long position) {
    if (!column.equals(LABELS)) {
      return value != 0;
    }
    if (value != IGNORED && value != id) {
      throw new DataFormatException(
          file,
          "has the label %d for token %d in row %d at position %d, but labels must repeat the tokens; remove the column"
              .formatted(value, id, row, position));
    }
    return value != IGNORED;
  }

  /** Returns an exception for a null value. */
  DataFormatException missing(String column, long row, long position) {
    return new DataFormatException(
        file,
        "has a null in %s of row %d at position %d; fill it or remove the column"
            .formatted(column, row, position));
  }

  /** Checks that a row has one value per token. */
  void checkLength(String column, long length, long tokens, long row) {
    if (length != tokens) {
      throw new DataFormatException(
          file,
          "has %d values in %s for %d tokens in row %d; both must have the same length"
              .formatted(length, column, tokens, row));
    }
  }
}
