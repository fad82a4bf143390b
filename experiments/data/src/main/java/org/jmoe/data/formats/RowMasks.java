package org.jmoe.data.formats;

import java.nio.file.Path;
import org.jmoe.io.DataFormatException;

/**
 * What columns beside the tokens say of each token: whether it is padding, which is left out, and
 * whether its prediction is trained. Training trains every token, so data that excludes some is
 * refused rather than trained otherwise than it was meant.
 */
public final class RowMasks {
  /** 1 for a token, 0 for padding. */
  static final String ATTENTION = "attention_mask";

  /** The tokens again, -100 where none is to be predicted. */
  static final String LABELS = "labels";

  private static final long IGNORED = -100;

  private final Path file;
  private final TokenVisitor visitor;

  RowMasks(Path file, TokenVisitor visitor) {
    this.file = file;
    this.visitor = visitor;
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
   * Tells the visitor of a token that is no padding and yet not to be trained.
   *
   * @param column the labels, or a loss mask
   */
  void checkTrained(String column, long value, long id, long row, long position) {
    boolean labels = column.equals(LABELS);
    if (value == (labels ? IGNORED : 0)) {
      visitor.notTrained(
          new DataFormatException(
              file,
              "excludes the token at position %d of row %d from training by %d in its column %s, which is not supported; remove the column to train every token, or mark padding by %s"
                  .formatted(position, row, value, column, ATTENTION)));
    } else if (labels && value != id) {
      throw new DataFormatException(
          file,
          "has the label %d beside the token %d in row %d at position %d; labels must repeat the tokens, so remove the column"
              .formatted(value, id, row, position));
    }
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
