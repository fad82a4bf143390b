package org.jmoe.training.config;

import com.google.common.base.Preconditions;

/**
 * Training and validation data of a run.
 *
 * @param source source of the tokens
 * @param validation fraction held out, if the data do not mark held-out rows themselves
 */
public record DataSpec(CorpusSource source, double validation) {
  /** Validates the fraction. */
  public DataSpec {
    Preconditions.checkArgument(
        validation > 0 && validation < 1, "validation must be between 0 and 1, not %s", validation);
  }
}
