package org.jmoe.data.formats;

import org.jmoe.io.DataFormatException;
import org.jspecify.annotations.Nullable;

/** Forwards rows and rejects tokens outside of the vocabulary. */
public final class VocabularyCheck implements TokenVisitor {
  private final String file;
  private final int vocabulary;
  private final TokenVisitor next;
  private long row;
  private long position;

  /** Creates a check that every id is in [0, vocabulary). */
  public VocabularyCheck(String file, int vocabulary, TokenVisitor next) {
    this.file = file;
    this.vocabulary = vocabulary;
    this.next = next;
  }

  @Override
  public void tokens(int[] ids, int length, @Nullable String domain) {
    check(ids, length);
    next.tokens(ids, length, domain);
  }

  @Override
  public void context(int[] ids, int length, @Nullable String domain) {
    check(ids, length);
    next.context(ids, length, domain);
  }

  private void check(int[] ids, int length) {
    for (int i = 0; i < length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw outside(file, ids[i], row, position + i, vocabulary);
      }
    }
    position += length;
  }

  @Override
  public boolean endRow(boolean heldOut) {
    row++;
    position = 0;
    return next.endRow(heldOut);
  }

  static DataFormatException outside(
      String file, long id, long row, long position, int vocabulary) {
    return new DataFormatException(
        file,
        "has token %d in row %d at position %d, which is outside of the vocabulary [0, %d); use the tokenizer that the data was created with"
            .formatted(id, row, position, vocabulary));
  }
}
