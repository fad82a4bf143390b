package org.jmoe.models.family;

import com.google.common.base.Preconditions;

/**
 * The order in which upstream lists a token's experts. Most list the best first; DeepSeek-V3 asks
 * for an unsorted top-k, whose order is that of the engine's search.
 *
 * @param groups of experts; 0 where the best comes first
 * @param kept groups that a token may use
 */
public record ChoiceOrder(int groups, int kept) {
  public ChoiceOrder {
    Preconditions.checkArgument(groups >= 0, "groups must be at least 0, not %s", groups);
  }

  static ChoiceOrder bestFirst() {
    return new ChoiceOrder(0, 0);
  }

  /** Whether the best expert stands first. */
  public boolean isBestFirst() {
    return groups == 0;
  }
}
