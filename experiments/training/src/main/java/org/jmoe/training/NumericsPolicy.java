package org.jmoe.training;

import com.google.common.base.Preconditions;

/**
 * What happens when a number is NaN or infinite in a router's logits, a loss or a gradient. Before
 * that, nothing of the step has reached a parameter or a moment.
 *
 * @param onFault what happens
 * @param mostSkips steps of a run that may be skipped; the next one fails
 */
public record NumericsPolicy(OnFault onFault, int mostSkips) {
  /** What happens. */
  public enum OnFault {
    /** Training stops. */
    FAIL,
    /** The step changes nothing, and training goes on with the next. */
    SKIP_STEP,
    /**
     * A token whose router logits are at fault goes through no expert of that layer, as padding
     * does; a loss or gradient at fault still stops training.
     */
    DROP_TOKEN
  }

  /** Checks the count. */
  public NumericsPolicy {
    Preconditions.checkArgument(mostSkips >= 0, "mostSkips must be at least 0, not %s", mostSkips);
  }

  /** Stops at the first fault. */
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
