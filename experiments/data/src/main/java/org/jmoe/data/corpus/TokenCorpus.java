package org.jmoe.data.corpus;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.VocabularyCheck;
import org.jmoe.io.DataFormatException;

/**
 * All rows of a dataset in off-heap memory, with four bytes per token. The corpus owns this memory:
 * close it after the last batch has been read.
 */
public final class TokenCorpus implements AutoCloseable {
  private final ArrowBuf tokens;
  private final ImmutableList<String> domains;
  private final CorpusRows rows;
  private final int maxId;
  private final boolean context;
  private final ImmutableMap<String, String> metadata;
  private boolean closed;

  TokenCorpus(
      ArrowBuf tokens,
      ImmutableList<String> domains,
      CorpusRows rows,
      int maxId,
      boolean context,
      Map<String, String> metadata) {
    this.tokens = tokens;
    this.domains = domains;
    this.rows = rows;
    this.maxId = maxId;
    this.context = context;
    this.metadata = ImmutableMap.copyOf(metadata);
  }

  /**
   * Loads a dataset and checks its tokens against the vocabulary size in its metadata, if present.
   *
   * @throws DataFormatException if the data is malformed or a token is outside of the vocabulary
   */
  public static TokenCorpus load(TokenData data, BufferAllocator allocator) {
    OptionalInt declared = number(data.metadata(), DataKeys.VOCABULARY);
    return load(data, declared.orElse(Integer.MAX_VALUE), allocator);
  }

  /** Loads a dataset and checks that its tokens are in [0, vocabulary). */
  public static TokenCorpus load(TokenData data, int vocabulary, BufferAllocator allocator) {
    try (CorpusLoader loader = new CorpusLoader(allocator)) {
      data.read(allocator, new VocabularyCheck(data.place(), vocabulary, loader));
      // The separator is inserted between rows and is an input of the model.
      OptionalInt separator = number(data.metadata(), DataKeys.SEPARATOR);
      if (separator.isPresent() && separator.getAsInt() >= vocabulary) {
        throw new DataFormatException(
            data.place(),
            "declares the separator %d, which is outside of the vocabulary [0, %d); rebuild the file"
                .formatted(separator.getAsInt(), vocabulary));
      }
      return loader.finish(data);
    }
  }

  /** Returns the number of tokens. */
  public long tokens() {
    return rows.starts().get(rows.starts().length() - 1);
  }

  /** Returns the number of rows. */
  public int rows() {
    return rows.count();
  }

  /**
   * Returns the names of the domains in order of first appearance; domains are numbered in this
   * order.
   */
  public ImmutableList<String> domains() {
    return domains;
  }

  /** Returns the vocabulary size: the declared one, or otherwise the largest id plus one. */
  public int vocabulary() {
    int largest = Math.max(maxId, separator().orElse(-1));
    return number(metadata, DataKeys.VOCABULARY).orElse(largest + 1);
  }

  /** Returns the id of the token between documents, if the tokenizer has one. */
  public OptionalInt separator() {
    return number(metadata, DataKeys.SEPARATOR);
  }

  /** Returns the metadata of the file; see {@link DataKeys}. */
  public ImmutableMap<String, String> metadata() {
    return metadata;
  }

  /** Returns whether the file marks held-out rows. */
  public boolean marksHeldOut() {
    return !rows.heldOut().isEmpty();
  }

  /** Returns a view of all rows. */
  public CorpusView all() {
    return CorpusView.all(this);
  }

  /**
   * Splits the rows into training and validation data. If the file marks held-out rows, the marks
   * decide. Otherwise rows are selected by a hash of (seed, row), or, if there are fewer than a
   * hundred rows, the end of each row is held out.
   *
   * @param share fraction of validation data for files without marks, in (0, 1)
   */
  public CorpusSplit split(double share, long seed) {
    return CorpusSplit.of(this, share, seed);
  }

  /** Returns the token at a position in [0, tokens()). */
  public int token(long position) {
    int stored = tokens.getInt(4 * position);
    return stored < 0 ? ~stored : stored;
  }

  /** Returns whether the token at a position is predicted; context tokens are not. */
  public boolean predicted(long position) {
    return tokens.getInt(4 * position) >= 0;
  }

  /** Returns whether there are context tokens. */
  public boolean hasContext() {
    return context;
  }

  public CorpusRows layout() {
    return rows;
  }

  /** Returns the bytes of text per token. */
  public TextBytes textBytes() {
    return TextBytes.of(metadata, domains, rows);
  }

  private static OptionalInt number(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    try {
      int number = value == null ? -1 : Integer.parseInt(value);
      return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
    } catch (NumberFormatException e) {
      return OptionalInt.empty(); // written by another program
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      tokens.close();
    }
  }
}
