package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import org.jmoe.tensor.Seed;

/** A router that needs nothing but the logits of its gate. Most routers extend this class. */
public abstract class GatedRouter extends ScoringRouter {
  /** Creates a gate with normal weights of standard deviation {@code 1 / sqrt(D)}. */
  protected GatedRouter(int dim, int experts, Seed seed) {
    super(dim, experts, seed);
  }

  /** Creates a gate with normal weights of a standard deviation; 0 for zeros. */
  protected GatedRouter(int dim, int experts, Seed seed, double std) {
    super(dim, experts, seed, std);
  }

  /** Creates a gate of another width than the tokens, for routers that project tokens first. */
  protected GatedRouter(int dim, int width, int experts, Seed seed, double std) {
    super(dim, width, experts, seed, std);
  }

  /**
   * Routes by logits.
   *
   * @param logits (T, E)
   */
  protected abstract Routing route(NDArray logits, RouterContext context);

  @Override
  protected final Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    return route(logits, context);
  }
}
