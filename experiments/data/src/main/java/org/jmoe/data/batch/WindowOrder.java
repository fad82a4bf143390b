package org.jmoe.data.batch;

import com.google.common.primitives.ImmutableDoubleArray;

/** Order in which windows are read: a pure function of the sample index. */
public interface WindowOrder {
  /** Returns the window of a sample; samples are numbered from 0 across epochs. */
  long window(long sample, long windows);

  /** Returns the data order, for evaluation. */
  static WindowOrder sequential() {
    return (sample, windows) -> sample % windows;
  }

  /**
   * Returns an order that mixes the domains of a corpus by weight: after any number of windows, the
   * tokens of a domain are its share to within about a window.
   *
   * @param weights (domains), not negative; 0 leaves a domain out
   * @throws IllegalArgumentException if a domain with a weight has fewer tokens than a window
   */
  static WindowOrder mixed(Packing packing, ImmutableDoubleArray weights, long seed) {
    return new MixedOrder(packing, weights, seed);
  }

  /** Returns a new permutation in each epoch, determined by (seed, epoch). */
  static WindowOrder shuffled(long seed) {
    return (sample, windows) ->
        new Permutation(windows, seed, sample / windows).at(sample % windows);
  }
}
