package org.jmoe.transformer;

/**
 * Where in a model a block stands: what its attention may be built from.
 *
 * @param dim width D of the tokens
 * @param layer its number, counted from 0, by which attention finds its cache
 * @param layers number of layers of the model; what writes to the residual stream starts smaller
 *     the more there are
 * @param causal whether a token sees only earlier ones and itself
 */
public record BlockContext(int dim, int layer, int layers, boolean causal) {
  /** Standard deviation of the initial weights of an output projection from a width. */
  public double residualDeviation(int width) {
    return 1 / Math.sqrt(2.0 * width * layers);
  }
}
