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
 * All rows of a dataset in off-heap memory, four bytes a token. The corpus owns that memory: close
 * it after the last batch has been read.
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
   * Loads a dataset, holding its tokens against the vocabulary that its file states, if it states
   * one.
   *
   * @throws DataFormatException when the data is malformed or a token lies outside of the
   *     vocabulary
   */
  public static TokenCorpus load(TokenData data, BufferAllocator allocator) {
    OptionalInt stated = number(data.metadata(), DataKeys.VOCABULARY);
    return load(data, stated.orElse(Integer.MAX_VALUE), allocator);
  }

  /** Loads a dataset whose tokens must lie in [0, vocabulary). */
  public static TokenCorpus load(TokenData data, int vocabulary, BufferAllocator allocator) {
    try (CorpusLoader loader = new CorpusLoader(allocator)) {
      data.read(allocator, new VocabularyCheck(data.place(), vocabulary, loader));
      // It stands between rows and reaches the model like any other token.
      OptionalInt separator = number(data.metadata(), DataKeys.SEPARATOR);
      if (separator.isPresent() && separator.getAsInt() >= vocabulary) {
        throw new DataFormatException(
            data.place(),
            "states the separator %d, outside of the vocabulary [0, %d); build the file again"
                .formatted(separator.getAsInt(), vocabulary));
      }
      return loader.finish(data);
    }
  }

  /** Number of tokens. */
  public long tokens() {
    return rows.starts().get(rows.starts().length() - 1);
  }

  /** Number of rows. */
  public int rows() {
    return rows.count();
  }

  /**
   * Names of the domains, in the order of their first appearance; a domain's number is its place
   * here.
   */
  public ImmutableList<String> domains() {
    return domains;
  }

  /** Number of token ids: what the file states, else the largest id plus one. */
  public int vocabulary() {
    int largest = Math.max(maxId, separator().orElse(-1));
    return number(metadata, DataKeys.VOCABULARY).orElse(largest + 1);
  }

  /** Id of the token between documents, if the tokenizer has one. */
  public OptionalInt separator() {
    return number(metadata, DataKeys.SEPARATOR);
  }

  /** What the file says about itself, see {@link DataKeys}. */
  public ImmutableMap<String, String> metadata() {
    return metadata;
  }

  /** Whether the file itself says which rows are held out. */
  public boolean marksHeldOut() {
    return !rows.heldOut().isEmpty();
  }

  /** Every row. */
  public CorpusView all() {
    return CorpusView.all(this);
  }

  /**
   * Divides the rows into training and validation data. Rows marked in the file decide; in a file
   * without marks, rows are drawn by a hash of (seed, row), or the end of each row where there are
   * fewer than a hundred.
   *
   * @param share of validation data for files without marks, in (0, 1)
   */
  public CorpusSplit split(double share, long seed) {
    return CorpusSplit.of(this, share, seed);
  }

  /** Token at a position in [0, tokens()). */
  public int token(long position) {
    int stored = tokens.getInt(4 * position);
    return stored < 0 ? ~stored : stored;
  }

  /** Returns whether the token at a position is predicted, or context that no loss counts. */
  public boolean predicted(long position) {
    return tokens.getInt(4 * position) >= 0;
  }

  /** Returns whether any token is context only. */
  public boolean hasContext() {
    return context;
  }

  public CorpusRows layout() {
    return rows;
  }

  /** Bytes of text behind the tokens. */
  public TextBytes textBytes() {
    return TextBytes.of(metadata, domains, rows);
  }

  private static OptionalInt number(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    try {
      int number = value == null ? -1 : Integer.parseInt(value);
      return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
    } catch (NumberFormatException e) {
      return OptionalInt.empty(); // written by somebody else
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
