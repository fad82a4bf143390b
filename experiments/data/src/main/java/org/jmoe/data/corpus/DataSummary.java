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

/** Statistics of a dataset, computed in one pass. */
public final class DataSummary implements TokenVisitor {
  /** Number of rows, tokens and held-out rows of a domain. */
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
   * Reads a dataset and checks its tokens against the vocabulary size in its metadata, if present.
   */
  public static DataSummary of(TokenData data) {
    DataSummary summary = new DataSummary();
    String declared = data.metadata().get(DataKeys.VOCABULARY);
    boolean known = declared != null && declared.matches("[0-9]{1,9}");
    data.read(
        known ? new VocabularyCheck(data.place(), Integer.parseInt(declared), summary) : summary);
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

  /** Returns the number of context tokens, which are not predicted. */
  public long context() {
    return context;
  }

  /** Returns the number of rows. */
  public long rows() {
    return rows;
  }

  /** Returns the number of rows marked as held-out. */
  public long heldOutRows() {
    return heldOutRows;
  }

  /** Returns the number of tokens. */
  public long tokens() {
    return tokens;
  }

  /** Returns the number of tokens of the shortest row; 0 if there are no rows. */
  public long minRow() {
    return rows == 0 ? 0 : minRow;
  }

  /** Returns the number of tokens of the longest row. */
  public long maxRow() {
    return maxRow;
  }

  /** Returns the mean number of tokens per row; 0 if there are no rows. */
  public double meanRow() {
    return rows == 0 ? 0 : (double) tokens / rows;
  }

  /** Returns the largest token id; -1 if there are no tokens. */
  public int maxId() {
    return maxId;
  }

  /** Returns the statistics of each domain by name. */
  public Map<String, Domain> domains() {
    Map<String, Domain> result = new TreeMap<>();
    domains.forEach((name, c) -> result.put(name, new Domain(c[0], c[1], c[2])));
    return result;
  }
}
