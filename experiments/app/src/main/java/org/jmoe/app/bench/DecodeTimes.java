package org.jmoe.app.bench;

/**
 * What decoding takes, one token of one sequence at a time.
 *
 * @param seconds of a token, the least of all rounds
 * @param activeBytes of weights that a token needs
 * @param bandwidth bytes a second that the machine reads from memory, the most of all rounds
 */
public record DecodeTimes(double seconds, long activeBytes, double bandwidth) {
  /** Tokens a second. */
  public double tokensPerSecond() {
    return 1 / seconds;
  }

  /** Share of the bandwidth that reading the active weights takes. */
  public double share() {
    return activeBytes / seconds / bandwidth;
  }
}
