package org.jmoe.data.formats;

import org.jmoe.io.DataFormatException;
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
   * The current row is complete.
   *
   * @param heldOut whether the row is marked as validation data
   * @return whether to go on
   */
  boolean endRow(boolean heldOut);

  /**
   * The data excludes a token of the current row from training, which training cannot do.
   *
   * @param fault which token, by which column
   * @throws DataFormatException the fault, unless the tokens are only looked at
   */
  default void notTrained(DataFormatException fault) {
    throw fault;
  }
}
