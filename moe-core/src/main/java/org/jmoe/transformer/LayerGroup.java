package org.jmoe.transformer;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Layers that repeat: 36 layers of two kinds in turn are two blocks, repeated 18 times.
 *
 * @param repeat how many times
 * @param blocks what is repeated, first to last
 */
public record LayerGroup(int repeat, List<DecoderBlock.Spec> blocks) {
  private static final int LONGEST_PERIOD = 16;

  /** Checks the sizes. */
  public LayerGroup {
    Preconditions.checkArgument(repeat >= 1, "repeat must be at least 1, not %s", repeat);
    blocks = ImmutableList.copyOf(blocks);
    Preconditions.checkArgument(!blocks.isEmpty(), "blocks is empty; name at least one");
  }

  /** Number of layers. */
  public int size() {
    return Math.multiplyExact(repeat, blocks.size());
  }

  /** The same with every block changed. */
  public LayerGroup map(UnaryOperator<DecoderBlock.Spec> change) {
    return new LayerGroup(repeat, blocks.stream().map(change).toList());
  }

  /** Layers one by one as few groups: the longest repetition from each place on, shortest first. */
  public static ImmutableList<LayerGroup> of(List<DecoderBlock.Spec> blocks) {
    ImmutableList.Builder<LayerGroup> groups = ImmutableList.builder();
    int at = 0;
    while (at < blocks.size()) {
      LayerGroup best = repetition(blocks, at, 1);
      for (int period = 2; period <= Math.min(LONGEST_PERIOD, (blocks.size() - at) / 2); period++) {
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
