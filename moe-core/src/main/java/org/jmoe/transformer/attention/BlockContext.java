package org.jmoe.transformer.attention;

/**
 * Position of a block in its model, for building its attention.
 *
 * @param dim width D of the tokens
 * @param layer index of the layer from 0, which identifies its cache
 * @param layers number of layers of the model, by which the initial weights of projections into the
 *     residual stream are scaled down
 * @param causal whether tokens attend only to themselves and earlier tokens
 */
public record BlockContext(int dim, int layer, int layers, boolean causal) {
  /** Returns the standard deviation of the initial weights of an output projection of a width. */
  public double residualStd(int width) {
    return 1 / Math.sqrt(2.0 * width * layers);
  }
}
