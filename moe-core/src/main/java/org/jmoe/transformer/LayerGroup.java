package org.jmoe.transformer;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A repeated sequence of layers. For example, 36 layers that alternate between two kinds are two
 * blocks repeated 18 times.
 *
 * @param repeat number of repetitions
 * @param blocks in order, first to last
 */
public record LayerGroup(int repeat, List<DecoderBlock.Spec> blocks) {
  private static final int MAX_PERIOD = 16;

  /** Checks the sizes. */
  public LayerGroup {
    Preconditions.checkArgument(repeat >= 1, "repeat must be at least 1, not %s", repeat);
    blocks = ImmutableList.copyOf(blocks);
    Preconditions.checkArgument(!blocks.isEmpty(), "blocks is empty; specify at least one");
  }

  /** Returns the number of layers. */
  public int size() {
    return Math.multiplyExact(repeat, blocks.size());
  }

  /** Returns a copy with every block changed. */
  public LayerGroup map(UnaryOperator<DecoderBlock.Spec> change) {
    return new LayerGroup(repeat, blocks.stream().map(change).toList());
  }

  /** Groups individual layers greedily by their longest repetition, preferring short periods. */
  public static ImmutableList<LayerGroup> of(List<DecoderBlock.Spec> blocks) {
    ImmutableList.Builder<LayerGroup> groups = ImmutableList.builder();
    int at = 0;
    while (at < blocks.size()) {
      LayerGroup best = repetition(blocks, at, 1);
      for (int period = 2; period <= Math.min(MAX_PERIOD, (blocks.size() - at) / 2); period++) {
        LayerGroup found = repetition(blocks, at, period);
        best = found.repeat() > 1 && found.size() > best.size() ? found : best;
      }
      groups.add(best);
      at += best.size();
    }
    return groups.build();
  }

  private static LayerGroup repetition(List<DecoderBlock.Spec> all, int from, int period) {
    List<DecoderBlock.Spec> first = all.subList(from, from + period);
    int end = from + period;
    while (end + period <= all.size() && all.subList(end, end + period).equals(first)) {
      end += period;
    }
    return new LayerGroup((end - from) / period, first);
  }
}
