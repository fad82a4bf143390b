package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jmoe.tensor.Ops;

/**
 * Runs of consecutive experts on the same shard. Splits arrays in expert order into one block per
 * shard and joins them again; bit-exact, because rows are only copied.
 *
 * @param spans in expert order
 * @param shards number of shards
 */
public record Spans(ImmutableList<Span> spans, int shards) {
  /** Experts first to first + count, which belong to a shard. */
  public record Span(int shard, int first, int count) {}

  /**
   * Returns the spans for an assignment of experts to shards.
   *
   * @param shardOfExpert (E)
   */
  public static Spans of(ImmutableIntArray shardOfExpert) {
    ImmutableList.Builder<Span> found = ImmutableList.builder();
    int first = 0;
    for (int e = 1; e <= shardOfExpert.length(); e++) {
      if (e == shardOfExpert.length() || shardOfExpert.get(e) != shardOfExpert.get(first)) {
        found.add(new Span(shardOfExpert.get(first), first, e - first));
        first = e;
      }
    }
    return new Spans(found.build(), 1 + shardOfExpert.stream().max().orElse(-1));
  }

  /** Returns the size of each span along the first axis, given the size per expert. */
  public long[] sizes(long[] perExpert) {
    return spans.stream()
        .mapToLong(s -> Arrays.stream(perExpert, s.first(), s.first() + s.count()).sum())
        .toArray();
  }

  /**
   * Splits an array into one block per shard, with its spans in expert order.
   *
   * @param full split along its first axis
   * @param sizes of the spans
   */
  public List<NDArray> cut(NDArray full, long[] sizes) {
    NDList parts = split(full, sizes);
    List<NDArray> blocks = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      NDList block = new NDList();
      for (int i = 0; i < sizes.length; i++) {
        if (spans.get(i).shard() == shard) {
          block.add(parts.get(i));
        }
      }
      blocks.add(Ops.concat(block, 0));
    }
    return blocks;
  }

  /** Reverses {@link #cut}. */
  public NDArray join(List<NDArray> blocks, long[] sizes) {
    List<NDList> parts = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      int at = shard;
      long[] blockSizes =
          spans.stream()
              .filter(s -> s.shard() == at)
              .mapToLong(s -> sizes[spans.indexOf(s)])
              .toArray();
      parts.add(split(blocks.get(shard), blockSizes));
    }
    int[] next = new int[shards];
    NDList ordered = new NDList();
    for (Span span : spans) {
      ordered.add(parts.get(span.shard()).get(next[span.shard()]++));
    }
    return Ops.concat(ordered, 0);
  }

  private static NDList split(NDArray array, long[] sizes) {
    long[] ends = new long[sizes.length - 1];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end += sizes[i];
      ends[i] = end;
    }
    return ends.length == 0 ? new NDList(array) : array.split(ends);
  }
}
