package org.jmoe.layer;

import ai.djl.ndarray.NDArray;

/** Changes how the router of one layer chooses in one pass. */
public interface RouterHook {
  /**
   * Changes the logits before the router chooses.
   *
   * @param logits (T, E) of the gate; (T * P, E) if each token has P logits per expert (Soft MoE)
   * @return an array of the same shape
   */
  default NDArray logits(NDArray logits) {
    return logits;
  }

  /** Changes the choices of the router before the capacity applies. */
  default Selection choices(Selection selection) {
    return selection;
  }

  /**
   * Checks after the router has run that this hook could take effect.
   *
   * @param router path of the router
   * @param logits whether {@link #logits} was called; routers without a gate do not call it
   * @param choices whether {@link #choices} was called; expert choice and Soft MoE do not call it
   * @throws RoutingException if it could not
   */
  default void applied(String router, boolean logits, boolean choices) {}

  /** Returns a hook that applies this one first and then another. */
  default RouterHook then(RouterHook next) {
    RouterHook first = this;
    return new RouterHook() {
      @Override
      public NDArray logits(NDArray logits) {
        return next.logits(first.logits(logits));
      }

      @Override
      public Selection choices(Selection selection) {
        return next.choices(first.choices(selection));
      }

      @Override
      public void applied(String router, boolean logits, boolean choices) {
        first.applied(router, logits, choices);
        next.applied(router, logits, choices);
      }
    };
  }
}
