package org.jmoe.layer;

/** Observes each MoE layer of a pass while its arrays are alive. */
@FunctionalInterface
public interface LayerObserver {
  /** Called after a layer; for hierarchical experts, inner layers come before the outer layer. */
  void computed(MoeLayer layer, LayerPass pass);
}
