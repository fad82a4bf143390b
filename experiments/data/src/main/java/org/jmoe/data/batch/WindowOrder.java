package org.jmoe.data.batch;

/** In which order windows are read: a pure function of the place in the sequence of samples. */
public interface WindowOrder {
  /** The window of a sample; samples count from 0 on across epochs. */
  long window(long sample, long windows);

  /** One after the other, for evaluation. */
  static WindowOrder sequential() {
    return (sample, windows) -> sample % windows;
  }

  /** A new permutation each epoch, from (seed, epoch) alone. */
  static WindowOrder shuffled(long seed) {
    return (sample, windows) ->
        new Permutation(windows, seed, sample / windows).at(sample % windows);
  }
}
