package org.jmoe.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.io.DataFormatException;
import org.jspecify.annotations.Nullable;

/** Records the files that a build read and skipped. */
public final class ReadReport {
  private static final int MAX_NAMES = 20; // per reason; a folder may contain a million files

  private final int maxBadRecords;
  private final Map<String, List<String>> skipped = new TreeMap<>(); // reason to names
  private final Map<String, Integer> skippedCounts = new TreeMap<>();
  private int files;
  private int badRecords;
  private long emptyDocuments;
  private @Nullable DataFormatException firstFault;

  private ReadReport(int maxBadRecords) {
    this.maxBadRecords = maxBadRecords;
  }

  /**
   * Returns an empty report.
   *
   * @param maxBadRecords maximum number of malformed records to skip; the next one ends the build
   */
  public static ReadReport allowing(int maxBadRecords) {
    if (maxBadRecords < 0) {
      throw new IllegalArgumentException(
          "The maximum number of malformed records is %d; it must be at least 0."
              .formatted(maxBadRecords));
    }
    return new ReadReport(maxBadRecords);
  }

  boolean strict() {
    return maxBadRecords == 0;
  }

  void read() {
    files++;
  }

  void skipped(String file, String problem) {
    String reason = problem.replaceAll("^is ", "");
    skippedCounts.merge(reason, 1, Integer::sum);
    List<String> names = skipped.computeIfAbsent(reason, r -> new ArrayList<>());
    if (names.size() < MAX_NAMES) {
      names.add(file);
    }
  }

  void emptyDocument() {
    emptyDocuments++;
  }

  void badRecord(DataFormatException fault) {
    if (strict()) {
      throw fault;
    }
    badRecords++;
    firstFault = firstFault == null ? fault : firstFault;
    if (badRecords > maxBadRecords) {
      throw new DataFormatException(
          sentence(fault),
          "(malformed record %d; --max-bad-records allows %d)".formatted(badRecords, maxBadRecords),
          fault);
    }
  }

  /** Returns the number of files read, including entries of archives. */
  public int files() {
    return files;
  }

  /** Returns the number of malformed records skipped. */
  public int badRecords() {
    return badRecords;
  }

  /** Returns the names of the skipped files by reason, at most twenty per reason. */
  public Map<String, List<String>> skipped() {
    return new TreeMap<>(skipped);
  }

  /** Returns the report in one line. */
  public String line() {
    StringBuilder line = new StringBuilder();
    line.append(counted(files, "file")).append(" read");
    int count = skippedCounts.values().stream().mapToInt(i -> i).sum();
    line.append(count == 0 ? ", none skipped" : ", %,d skipped: ".formatted(count));
    List<String> reasons = new ArrayList<>();
    skipped.forEach(
        (reason, names) -> {
          int more = skippedCounts.getOrDefault(reason, 0) - names.size();
          String rest = more == 0 ? "" : String.format(Locale.ROOT, " and %,d more", more);
          reasons.add(String.join(", ", names) + rest + " (" + reason + ")");
        });
    line.append(String.join(", ", reasons));
    if (badRecords > 0 && firstFault != null) {
      line.append("; ")
          .append(counted(badRecords, "malformed record"))
          .append(" skipped, the first: ");
      line.append(sentence(firstFault));
    }
    if (emptyDocuments > 0) {
      line.append("; ").append(counted(emptyDocuments, "empty document")).append(" skipped");
    }
    return line.toString();
  }

  private static String sentence(DataFormatException fault) {
    return fault.getMessage().replaceAll("[.]$", "");
  }

  private static String counted(long count, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", count, noun, count == 1 ? "" : "s");
  }
}
