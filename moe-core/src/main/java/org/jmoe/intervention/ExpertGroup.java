package org.jmoe.intervention;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import org.jmoe.layer.RoutingException;

/**
 * Experts of one MoE layer.
 *
 * @param layer path of the layer, such as {@code layers/2/moe}
 * @param experts their indices, at least one
 */
public record ExpertGroup(String layer, ImmutableSortedSet<Integer> experts) {
  /** Checks that there are experts and that no index is negative. */
  public ExpertGroup {
    Preconditions.checkArgument(!experts.isEmpty(), "%s: a group needs at least one expert", layer);
    Preconditions.checkArgument(
        experts.first() >= 0, "%s: expert %s must not be negative", layer, experts.first());
  }

  /** Creates a group of the given experts. */
  public static ExpertGroup of(String layer, Integer... experts) {
    return new ExpertGroup(layer, ImmutableSortedSet.copyOf(List.of(experts)));
  }

  /**
   * Checks that all experts exist.
   *
   * @param count E
   * @throws RoutingException with the largest index if not
   */
  void requireBelow(long count) {
    if (experts.last() >= count) {
      throw new RoutingException(
          "%s: there is no expert %d; experts are 0 to %d"
              .formatted(layer, experts.last(), count - 1));
    }
  }

  @Override
  public String toString() {
    return layer + ":" + String.join(",", experts.stream().map(e -> Integer.toString(e)).toList());
  }
}
