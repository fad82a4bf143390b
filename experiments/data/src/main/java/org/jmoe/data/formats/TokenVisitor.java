package org.jmoe.data.formats;

import org.jspecify.annotations.Nullable;

/** Receives the rows of a dataset in order; a row arrives as one or more pieces, then its end. */
public interface TokenVisitor {
  /**
   * The next piece of the current row.
   *
   * @param ids token ids, none negative; the array is reused after the call
   * @param length how many of them belong to the piece
   * @param domain the domain of every token of the piece, null when the data has none
   */
  void tokens(int[] ids, int length, @Nullable String domain);

  /**
   * The next piece of the current row, of tokens that are read but not predicted: they do not count
   * in any loss.
   *
   * @param ids see {@link #tokens}, which the default calls
   */
  default void context(int[] ids, int length, @Nullable String domain) {
    tokens(ids, length, domain);
  }

  /**
   * The current row is complete.
   *
   * @param heldOut whether the row is marked as validation data
   * @return whether to go on
   */
  boolean endRow(boolean heldOut);
}
