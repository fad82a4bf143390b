package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * What a router may know beside the tokens.
 *
 * @param training whether noise and the training capacity apply
 * @param seed of this call's random draws
 * @param sequences B, into which the T tokens divide evenly, sequence after sequence
 * @param tokenIds (T) of int64, where the model passes them on
 * @param padding (T) of boolean, true for tokens that no expert serves and no balance counts
 */
public record RouterContext(
    boolean training,
    Seed seed,
    long sequences,
    @Nullable NDArray tokenIds,
    @Nullable NDArray padding) {

  /** Checks the number of sequences. */
  public RouterContext {
    Preconditions.checkArgument(sequences >= 1, "sequences must be at least 1, not %s", sequences);
  }

  /** Tokens of one sequence, without ids or padding. */
  public static RouterContext of(boolean training, Seed seed) {
    return new RouterContext(training, seed, 1, null, null);
  }
}
