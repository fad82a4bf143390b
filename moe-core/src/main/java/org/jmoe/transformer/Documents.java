package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jmoe.tensor.AttentionOps;

/**
 * The documents of packed sequences. With {@link ModelSpec#documentMask} tokens attend only to
 * tokens of their document, and positions restart with each document, so that a document is
 * computed as if it were a sequence. A document ends with its separator; the first document of a
 * sequence may be the rest of one.
 */
final class Documents {
  /** Name of the number of each token's document, (B, S) of int64. */
  static final String NAME = "documents";

  /** Name of the position of each token in its document, (B, S) of int64. */
  static final String POSITIONS = "positions";

  private Documents() {}

  /** Returns both arrays for ids (B, S). */
  static NDList of(NDArray ids, int separator) {
    NDArray documents = AttentionOps.documents(ids, separator); // (B, S)
    NDArray positions = AttentionOps.documentPositions(documents); // (B, S)
    documents.setName(NAME);
    positions.setName(POSITIONS);
    return new NDList(documents, positions);
  }
}
