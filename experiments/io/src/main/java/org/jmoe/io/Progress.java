package org.jmoe.io;

/** Hears how far a long task has come. */
public interface Progress {
  /** Some more bytes are done. */
  void advance(long bytes);

  /** Hears nothing. */
  static Progress none() {
    return bytes -> {};
  }
}
