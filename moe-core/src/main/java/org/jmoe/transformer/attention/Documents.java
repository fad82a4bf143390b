package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jmoe.tensor.AttentionOps;

/**
 * Documents of packed sequences. With {@code ModelSpec.documentMask}, tokens attend only within
 * their document, and positions restart with each document, so a document is computed like a
 * separate sequence. A document ends with its separator; the first document of a sequence may be
 * incomplete.
 */
public final class Documents {
  /** Array name of the document index of each token, (B, S) of int64. */
  public static final String NAME = "documents";

  /** Array name of the position of each token in its document, (B, S) of int64. */
  public static final String POSITIONS = "positions";

  private Documents() {}

  /** Returns both arrays for ids (B, S). */
  public static NDList of(NDArray ids, int separator) {
    NDArray documents = AttentionOps.documents(ids, separator); // (B, S)
    NDArray positions = AttentionOps.documentPositions(documents); // (B, S)
    documents.setName(NAME);
    positions.setName(POSITIONS);
    return new NDList(documents, positions);
  }
}
