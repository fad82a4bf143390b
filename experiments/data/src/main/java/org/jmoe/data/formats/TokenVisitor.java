package org.jmoe.data.formats;

import org.jspecify.annotations.Nullable;

/**
 * Receives the rows of a dataset in order; each row consists of one or more pieces, followed by its
 * end.
 */
public interface TokenVisitor {
  /**
   * Receives the next piece of the current row.
   *
   * @param ids non-negative token ids; the array is reused after the call
   * @param length number of ids in the piece
   * @param domain domain of the tokens; null if the data has none
   */
  void tokens(int[] ids, int length, @Nullable String domain);

  /**
   * Receives the next piece of the current row, with context tokens, which are not predicted.
   *
   * @param ids token ids; the default implementation calls {@link #tokens}
   */
  default void context(int[] ids, int length, @Nullable String domain) {
    tokens(ids, length, domain);
  }

  /**
   * Ends the current row.
   *
   * @param heldOut whether the row is marked as held-out
   * @return whether to continue
   */
  boolean endRow(boolean heldOut);
}
