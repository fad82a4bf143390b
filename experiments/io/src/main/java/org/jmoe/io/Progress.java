package org.jmoe.io;

/** Receives the progress of a long-running task. */
public interface Progress {
  /** Reports that {@code bytes} more bytes were processed. */
  void advance(long bytes);

  /** Returns a listener that ignores progress. */
  static Progress none() {
    return bytes -> {};
  }
}
