package org.jmoe.data.formats;

import java.nio.file.Path;
import org.jmoe.io.DataFormatException;

/**
 * Columns with a value for each token: whether it is padding, which is left out, and whether it is
 * predicted or context only.
 */
public final class RowMasks {
  /** 1 for a token, 0 for padding. */
  static final String ATTENTION = "attention_mask";

  /** The tokens again, -100 where none is to be predicted. */
  static final String LABELS = "labels";

  private static final long IGNORED = -100;

  private final Path file;

  RowMasks(Path file) {
    this.file = file;
  }

  /** Whether a token is none of the padding, by its attention mask. */
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
   * @param column the labels, or a loss mask
   */
  boolean predicted(String column, long value, long id, long row, long position) {
    if (!column.equals(LABELS)) {
      return value != 0;
    }
    if (value != IGNORED && value != id) {
      throw new DataFormatException(
          file,
          "has the label %d beside the token %d in row %d at position %d; labels must repeat the tokens, so remove the column"
              .formatted(value, id, row, position));
    }
    return value != IGNORED;
  }

  /** A null among the values. */
  DataFormatException missing(String column, long row, long position) {
    return new DataFormatException(
        file,
        "has a null in %s of row %d at position %d; fill it or remove the column"
            .formatted(column, row, position));
  }

  /** Checks that a row has a value for each token. */
  void checkLength(String column, long length, long tokens, long row) {
    if (length != tokens) {
      throw new DataFormatException(
          file,
          "has %d values in %s beside the %d tokens of row %d; make them equally long"
              .formatted(length, column, tokens, row));
    }
  }
}
