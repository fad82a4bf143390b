package org.jmoe.data.batch;

/** Order in which windows are read: a pure function of the sample index. */
public interface WindowOrder {
  /** Returns the window of a sample; samples are numbered from 0 across epochs. */
  long window(long sample, long windows);

  /** Returns the data order, for evaluation. */
  static WindowOrder sequential() {
    return (sample, windows) -> sample % windows;
  }

  /** Returns a new permutation in each epoch, determined by (seed, epoch). */
  static WindowOrder shuffled(long seed) {
    return (sample, windows) ->
        new Permutation(windows, seed, sample / windows).at(sample % windows);
  }
}
