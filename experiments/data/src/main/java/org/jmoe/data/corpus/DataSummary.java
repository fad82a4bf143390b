package org.jmoe.data.corpus;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenVisitor;
import org.jmoe.data.formats.VocabularyCheck;
import org.jspecify.annotations.Nullable;

/** Counts of a dataset, taken in one pass. */
public final class DataSummary implements TokenVisitor {
  /** Rows in which a domain occurs, its tokens, and how many of its rows are held out. */
  public record Domain(long rows, long tokens, long heldOutRows) {}

  private final Map<String, long[]> domains = new TreeMap<>();
  private final Set<String> open = new TreeSet<>();
  private long rows;
  private long tokens;
  private long heldOutRows;
  private long rowLength;
  private long minRow = Long.MAX_VALUE;
  private long maxRow;
  private int maxId = -1;
  private long context;

  /**
   * Reads a dataset; tokens are held against the vocabulary that its file states, if it states one.
   */
  public static DataSummary of(TokenData data) {
    DataSummary summary = new DataSummary();
    String stated = data.metadata().get(DataKeys.VOCABULARY);
    boolean known = stated != null && stated.matches("[0-9]{1,9}");
    data.read(
        known ? new VocabularyCheck(data.place(), Integer.parseInt(stated), summary) : summary);
    return summary;
  }

  @Override
  public void tokens(int[] ids, int length, @Nullable String domain) {
    for (int i = 0; i < length; i++) {
      maxId = Math.max(maxId, ids[i]);
    }
    rowLength += length;
    if (domain != null) {
      domains.computeIfAbsent(domain, d -> new long[3])[1] += length;
      open.add(domain);
    }
  }

  @Override
  public boolean endRow(boolean heldOut) {
    rows++;
    tokens += rowLength;
    heldOutRows += heldOut ? 1 : 0;
    minRow = Math.min(minRow, rowLength);
    maxRow = Math.max(maxRow, rowLength);
    for (String domain : open) {
      long[] counts = domains.computeIfAbsent(domain, d -> new long[3]);
      counts[0]++;
      counts[2] += heldOut ? 1 : 0;
    }
    open.clear();
    rowLength = 0;
    return true;
  }

  @Override
  public void context(int[] ids, int length, @Nullable String domain) {
    tokens(ids, length, domain);
    context += length;
  }

  /** Tokens that are read but not predicted. */
  public long context() {
    return context;
  }

  /** Number of rows. */
  public long rows() {
    return rows;
  }

  /** Rows marked as validation data. */
  public long heldOutRows() {
    return heldOutRows;
  }

  /** Number of tokens. */
  public long tokens() {
    return tokens;
  }

  /** Tokens of the shortest row, 0 without rows. */
  public long minRow() {
    return rows == 0 ? 0 : minRow;
  }

  /** Tokens of the longest row. */
  public long maxRow() {
    return maxRow;
  }

  /** Tokens of a row on average, 0 without rows. */
  public double meanRow() {
    return rows == 0 ? 0 : (double) tokens / rows;
  }

  /** Largest token id, -1 without tokens. */
  public int maxId() {
    return maxId;
  }

  /** Counts of each domain, by name. */
  public Map<String, Domain> domains() {
    Map<String, Domain> result = new TreeMap<>();
    domains.forEach((name, c) -> result.put(name, new Domain(c[0], c[1], c[2])));
    return result;
  }
}
