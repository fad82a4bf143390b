package org.jmoe.models.hub;

import ai.djl.nn.Block;
import ai.djl.util.Pair;
import java.util.HashMap;
import java.util.Map;
import org.jmoe.experts.QuantisedExperts;

/** The quantized experts of a model, keyed by the names of the unquantized weights. */
final class StoredExperts {
  /**
   * One weight stack of the experts of a layer.
   *
   * @param side {@code in} or {@code out}
   */
  record Stack(QuantisedExperts experts, String side) {}

  private StoredExperts() {}

  /** Returns all stacks by name, without a prefix. */
  static Map<String, Stack> of(Block model, String prefix) {
    Map<String, Stack> found = new HashMap<>();
    collect(model, prefix, found);
    return found;
  }

  private static void collect(Block block, String prefix, Map<String, Stack> found) {
    if (block instanceof QuantisedExperts experts) {
      for (String side : new String[] {"in", "out"}) {
        String name = experts.path().substring(prefix.length()) + "/" + side;
        found.put(name, new Stack(experts, side));
      }
    }
    for (Pair<String, Block> child : block.getChildren()) {
      collect(child.getValue(), prefix, found);
    }
  }
}
