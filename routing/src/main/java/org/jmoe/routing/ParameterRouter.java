package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.tensor.Seed;

/** A gated router that needs parameters beside the gate's to route at all. */
public abstract class ParameterRouter extends GatedRouter {
  /** Makes a router of so many experts over rows of width {@code dim}. */
  protected ParameterRouter(int dim, int experts, Seed seed) {
    super(dim, experts, seed);
  }

  /** Scores alone are not enough: a subclass routes by scores and parameters. */
  @Override
  protected final Routing route(NDArray logits, RouterContext context) {
    throw new UnsupportedOperationException(path() + " routes by its parameters");
  }
}
