package org.jmoe.layer;

/** Hears of every MoE layer of a pass, while its arrays are there. */
@FunctionalInterface
public interface LayerObserver {
  /**
   * A layer has computed; an inner layer of hierarchical experts comes before the one around it.
   */
  void computed(MoeLayer layer, LayerPass pass);
}
