package org.jmoe.models.hub;

import ai.djl.nn.Block;
import ai.djl.util.Pair;
import java.util.HashMap;
import java.util.Map;
import org.jmoe.experts.QuantisedExperts;

/** The quantised experts of a model, by the names that their weights would have. */
final class StoredExperts {
  /**
   * A product of the experts of a layer.
   *
   * @param side {@code in} or {@code out}
   */
  record Product(QuantisedExperts experts, String side) {}

  private StoredExperts() {}

  /** All products by name, without a prefix. */
  static Map<String, Product> of(Block model, String prefix) {
    Map<String, Product> found = new HashMap<>();
    collect(model, prefix, found);
    return found;
  }

  private static void collect(Block block, String prefix, Map<String, Product> found) {
    if (block instanceof QuantisedExperts experts) {
      for (String side : new String[] {"in", "out"}) {
        String name = experts.path().substring(prefix.length()) + "/" + side;
        found.put(name, new Product(experts, side));
      }
    }
    for (Pair<String, Block> child : block.getChildren()) {
      collect(child.getValue(), prefix, found);
    }
  }
}
