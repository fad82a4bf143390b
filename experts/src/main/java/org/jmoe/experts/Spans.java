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
 * Runs of neighbouring experts on one device: where arrays in the order of the experts are cut into
 * one block for each device and put together again. Only copies, so that no bit depends on it.
 *
 * @param spans in the order of the experts
 * @param shards number of devices that hold experts
 */
public record Spans(ImmutableList<Span> spans, int shards) {
  /** Experts first to first + count of a shard. */
  public record Span(int shard, int first, int count) {}

  /**
   * The spans of experts.
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

  /** How much of the first axis each span takes, of an array with so much for each expert. */
  public long[] sizes(long[] perExpert) {
    return spans.stream()
        .mapToLong(s -> Arrays.stream(perExpert, s.first(), s.first() + s.count()).sum())
        .toArray();
  }

  /**
   * One block for each shard, of its spans in the order of the experts.
   *
   * @param whole cut along its first axis
   * @param sizes of the spans
   */
  public List<NDArray> cut(NDArray whole, long[] sizes) {
    NDList parts = split(whole, sizes);
    List<NDArray> blocks = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      NDList own = new NDList();
      for (int i = 0; i < sizes.length; i++) {
        if (spans.get(i).shard() == shard) {
          own.add(parts.get(i));
        }
      }
      blocks.add(Ops.concat(own, 0));
    }
    return blocks;
  }

  /** The whole of the blocks that {@link #cut} made. */
  public NDArray join(List<NDArray> blocks, long[] sizes) {
    List<NDList> parts = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      int at = shard;
      long[] own =
          spans.stream()
              .filter(s -> s.shard() == at)
              .mapToLong(s -> sizes[spans.indexOf(s)])
              .toArray();
      parts.add(split(blocks.get(shard), own));
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
