package org.jmoe.training;

import com.google.common.base.Preconditions;

/**
 * Handling of NaN or infinite router logits, losses and gradients. They are detected before the
 * step changes a parameter or moment.
 *
 * @param onFault action on a non-finite value
 * @param mostSkips maximum number of skipped steps in a run; after that, the run fails
 */
public record NumericsPolicy(OnFault onFault, int mostSkips) {
  /** Action on a non-finite value. */
  public enum OnFault {
    /** Training stops. */
    FAIL,
    /** The step is skipped and training continues with the next one. */
    SKIP_STEP,
    /**
     * Tokens with non-finite router logits bypass the experts of that layer, like padding; a
     * non-finite loss or gradient still stops training.
     */
    DROP_TOKEN
  }

  /** Validates the values. */
  public NumericsPolicy {
    Preconditions.checkArgument(mostSkips >= 0, "mostSkips must be at least 0, not %s", mostSkips);
  }

  /** Returns the policy that stops training at the first non-finite value. */
  public static NumericsPolicy fail() {
    return new NumericsPolicy(OnFault.FAIL, 0);
  }

  boolean skips(int skippedSoFar) {
    return onFault == OnFault.SKIP_STEP && skippedSoFar < mostSkips;
  }

  boolean dropsTokens() {
    return onFault == OnFault.DROP_TOKEN;
  }
}
