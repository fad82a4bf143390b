package org.jmoe.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.io.DataFormatException;
import org.jspecify.annotations.Nullable;

/** What a build read and what it left out, each file by name. */
public final class ReadReport {
  private static final int NAMES = 20; // of one reason; a folder may hold a million files

  private final int maxBadRecords;
  private final Map<String, List<String>> leftOut = new TreeMap<>(); // reason to names
  private final Map<String, Integer> leftOutCounts = new TreeMap<>();
  private int files;
  private int badRecords;
  private long emptyDocuments;
  private @Nullable DataFormatException firstFault;

  private ReadReport(int maxBadRecords) {
    this.maxBadRecords = maxBadRecords;
  }

  /**
   * An empty report.
   *
   * @param maxBadRecords faulty records that may be left out before the build ends; with 0 the
   *     first one ends it
   */
  public static ReadReport allowing(int maxBadRecords) {
    if (maxBadRecords < 0) {
      throw new IllegalArgumentException(
          "The limit of faulty records is %d; it must be at least 0.".formatted(maxBadRecords));
    }
    return new ReadReport(maxBadRecords);
  }

  boolean strict() {
    return maxBadRecords == 0;
  }

  void read() {
    files++;
  }

  void leftOut(String file, String problem) {
    String reason = problem.replaceAll("^is ", "");
    leftOutCounts.merge(reason, 1, Integer::sum);
    List<String> names = leftOut.computeIfAbsent(reason, r -> new ArrayList<>());
    if (names.size() < NAMES) {
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
          "(faulty record %d; --max-bad-records allows %d)".formatted(badRecords, maxBadRecords),
          fault);
    }
  }

  /** Number of files read, entries of archives included. */
  public int files() {
    return files;
  }

  /** Number of faulty records left out. */
  public int badRecords() {
    return badRecords;
  }

  /** Names of the files left out for each reason, the first twenty of each. */
  public Map<String, List<String>> leftOut() {
    return new TreeMap<>(leftOut);
  }

  /** The report in one line. */
  public String line() {
    StringBuilder line = new StringBuilder();
    line.append(counted(files, "file")).append(" read");
    int count = leftOutCounts.values().stream().mapToInt(i -> i).sum();
    line.append(count == 0 ? ", none left out" : ", %,d left out: ".formatted(count));
    List<String> reasons = new ArrayList<>();
    leftOut.forEach(
        (reason, names) -> {
          int more = leftOutCounts.getOrDefault(reason, 0) - names.size();
          String rest = more == 0 ? "" : String.format(Locale.ROOT, " and %,d more", more);
          reasons.add(String.join(", ", names) + rest + " (" + reason + ")");
        });
    line.append(String.join(", ", reasons));
    if (badRecords > 0 && firstFault != null) {
      line.append("; ")
          .append(counted(badRecords, "faulty record"))
          .append(" left out, the first: ");
      line.append(sentence(firstFault));
    }
    if (emptyDocuments > 0) {
      line.append("; ").append(counted(emptyDocuments, "empty document")).append(" left out");
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
