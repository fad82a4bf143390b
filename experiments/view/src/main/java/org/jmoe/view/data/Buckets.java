package org.jmoe.view.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Downsamples rows of numbers to a bounded number of buckets of equally many consecutive rows. Each
 * keeps mean, minimum and maximum, so that no spike is lost. When all buckets are full, neighbors
 * are merged.
 */
final class Buckets {
  /** Maximum number of buckets; a longer curve keeps at least half as many. */
  static final int MAX = 2048;

  private static final int MAX_COLUMNS = 4096; // a run has one per loss and layer

  private final Map<String, Column> columns = new LinkedHashMap<>();
  private final Map<String, Double> last = new HashMap<>();
  private int used; // buckets in use
  private int stride = 1; // rows per bucket
  private int rows; // in the last bucket
  private long total;

  /** Sums, minima and maxima of one column; a bucket without finite values has count 0. */
  private static final class Column {
    private double[] sum = new double[16];
    private double[] min = new double[16];
    private double[] max = new double[16];
    private int[] count = new int[16];

    void put(int bucket, double value) {
      if (bucket >= sum.length) {
        int size = Math.min(MAX, Math.max(bucket + 1, 2 * sum.length));
        sum = Arrays.copyOf(sum, size);
        min = Arrays.copyOf(min, size);
        max = Arrays.copyOf(max, size);
        count = Arrays.copyOf(count, size);
      }
      boolean first = count[bucket] == 0;
      sum[bucket] = first ? value : sum[bucket] + value;
      min[bucket] = first ? value : Math.min(min[bucket], value);
      max[bucket] = first ? value : Math.max(max[bucket], value);
      count[bucket]++;
    }

    void merge() {
      for (int i = 0; i < sum.length / 2; i++) {
        int a = 2 * i;
        int b = a + 1;
        int both = count[a] + count[b];
        min[i] = count[a] == 0 ? min[b] : count[b] == 0 ? min[a] : Math.min(min[a], min[b]);
        max[i] = count[a] == 0 ? max[b] : count[b] == 0 ? max[a] : Math.max(max[a], max[b]);
        sum[i] = (count[a] == 0 ? 0 : sum[a]) + (count[b] == 0 ? 0 : sum[b]);
        count[i] = both;
      }
      Arrays.fill(count, sum.length / 2, sum.length, 0);
    }
  }

  /** Begins a row; add its values with {@link #put}. */
  void row() {
    if (used == 0 || rows == stride) {
      if (used == MAX) {
        columns.values().forEach(Column::merge);
        used = MAX / 2;
        stride *= 2;
      }
      used++;
      rows = 0;
    }
    rows++;
    total++;
  }

  /** Adds a value to the current row; non-finite values and excess columns are dropped. */
  void put(String name, double value) {
    if (Double.isFinite(value) && (columns.size() < MAX_COLUMNS || columns.containsKey(name))) {
      columns.computeIfAbsent(name, n -> new Column()).put(used - 1, value);
      last.put(name, value);
    }
  }

  /** Returns the number of rows so far. */
  long rows() {
    return total;
  }

  /** Returns the mean of each bucket of a column, NaN if it has no value. */
  double[] means(String name) {
    double[] means = new double[used];
    Arrays.fill(means, Double.NaN);
    Column column = columns.get(name);
    for (int i = 0; column != null && i < Math.min(used, column.count.length); i++) {
      if (column.count[i] > 0) {
        means[i] = column.sum[i] / column.count[i];
      }
    }
    return means;
  }

  /** Returns the latest value of a column; NaN if there is none. */
  double last(String name) {
    return last.getOrDefault(name, Double.NaN);
  }

  /**
   * Writes {@code rows}, {@code stride} and each column's {@code mean}, {@code min}, {@code max}.
   */
  void write(ObjectNode to) {
    to.put("rows", total).put("stride", stride);
    ObjectNode all = to.putObject("columns");
    columns.forEach(
        (name, column) -> {
          ObjectNode node = all.putObject(name);
          ArrayNode mean = node.putArray("mean");
          for (double value : means(name)) {
            add(mean, value);
          }
          if (stride > 1) {
            ArrayNode min = node.putArray("min");
            ArrayNode max = node.putArray("max");
            for (int i = 0; i < used; i++) {
              boolean any = i < column.count.length && column.count[i] > 0;
              add(min, any ? column.min[i] : Double.NaN);
              add(max, any ? column.max[i] : Double.NaN);
            }
          }
        });
  }

  /**
   * Adds integers as they are, other numbers as floats, to save space, and non-finite ones as null.
   */
  static void add(ArrayNode to, double value) {
    if (!Double.isFinite(value)) {
      to.addNull();
    } else if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
      to.add((long) value);
    } else {
      to.add((float) value);
    }
  }
}
