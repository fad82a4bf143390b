package org.jmoe.training.config;

import com.google.common.base.Preconditions;

/**
 * What a run trains and is measured on.
 *
 * @param source of the tokens
 * @param validation share held out, for files that do not mark held-out rows themselves
 */
public record DataSpec(CorpusSource source, double validation) {
  /** Checks the share. */
  public DataSpec {
    Preconditions.checkArgument(
        validation > 0 && validation < 1, "validation must be between 0 and 1, not %s", validation);
  }
}
