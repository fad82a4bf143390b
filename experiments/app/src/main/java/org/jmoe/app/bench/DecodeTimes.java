package org.jmoe.app.bench;

/**
 * Decoding speed at batch size 1.
 *
 * @param seconds per token, minimum over all rounds
 * @param activeBytes bytes of weights used per token
 * @param bandwidth memory read bandwidth in bytes per second, maximum over all rounds
 */
public record DecodeTimes(double seconds, long activeBytes, double bandwidth) {
  /** Returns tokens per second. */
  public double tokensPerSecond() {
    return 1 / seconds;
  }

  /** Returns the fraction of the memory bandwidth used to read the active weights. */
  public double share() {
    return activeBytes / seconds / bandwidth;
  }
}
