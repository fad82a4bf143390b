package org.jmoe.transformer;

/** Where a layer normalizes, relative to its attention and its feed-forward. */
public enum NormPlacement {
  /** The inputs: {@code x + f(norm(x))}, as in most models. */
  INPUT(1),
  /** The outputs: {@code x + norm(f(x))} (OLMo 2). */
  OUTPUT(1),
  /** Inputs and outputs: {@code x + norm(f(norm(x)))} (Trinity). */
  BOTH(2);

  private final int each;

  NormPlacement(int each) {
    this.each = each;
  }

  /** Returns whether inputs are normalized. */
  public boolean ofInput() {
    return this != OUTPUT;
  }

  /** Returns whether outputs are normalized. */
  public boolean ofOutput() {
    return this != INPUT;
  }

  /** Returns the number of normalizations of a layer. */
  public int perLayer() {
    return 2 * each;
  }
}
