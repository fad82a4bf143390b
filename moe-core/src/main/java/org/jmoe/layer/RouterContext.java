package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of a router besides the tokens.
 *
 * @param training whether noise and the training capacity apply
 * @param seed of this call
 * @param sequences B; the T tokens are B sequences of equal length, one after another
 * @param tokenIds (T) of int64; null if the model does not provide them
 * @param padding (T) of boolean, true for tokens that are not routed or counted; null for none
 * @param importance (T) rank of a token's choice in an outer layer: 1 for its first expert, 0.5 for
 *     its second; null for all 1
 * @param given draws used instead of the seed's; null for none
 */
public record RouterContext(
    boolean training,
    Seed seed,
    long sequences,
    @Nullable NDArray tokenIds,
    @Nullable NDArray padding,
    @Nullable NDArray importance,
    @Nullable GivenDraws given) {

  /** Checks the number of sequences. */
  public RouterContext {
    Preconditions.checkArgument(sequences >= 1, "sequences must be at least 1, not %s", sequences);
  }

  /** Creates a context without importance and given draws. */
  public RouterContext(
      boolean training,
      Seed seed,
      long sequences,
      @Nullable NDArray tokenIds,
      @Nullable NDArray padding) {
    this(training, seed, sequences, tokenIds, padding, null, null);
  }

  /** Creates a context for one sequence without ids or padding. */
  public static RouterContext of(boolean training, Seed seed) {
    return new RouterContext(training, seed, 1, null, null);
  }

  /** Returns a copy with given draws. */
  public RouterContext withGiven(GivenDraws draws) {
    return new RouterContext(training, seed, sequences, tokenIds, padding, importance, draws);
  }

  /** Returns a copy with a child seed, for routers that draw more than once. */
  public RouterContext child(String name) {
    return new RouterContext(
        training, seed.child(name), sequences, tokenIds, padding, importance, given);
  }

  /** Returns a copy with padding (T). */
  public RouterContext withPadding(NDArray mask) {
    return new RouterContext(training, seed, sequences, tokenIds, mask, importance, given);
  }

  /** Returns a copy for B sequences. */
  public RouterContext withSequences(long count) {
    return new RouterContext(training, seed, count, tokenIds, padding, importance, given);
  }

  /** Returns a copy with token ids (T). */
  public RouterContext withTokenIds(NDArray ids) {
    return new RouterContext(training, seed, sequences, ids, padding, importance, given);
  }

  /** Returns the given noise, (T, E); null if it is to be sampled. */
  public @Nullable NDArray givenNoise() {
    return given == null ? null : given.noise();
  }

  /** Returns whether a noisy router samples its noise: in training, unless draws are given. */
  public boolean drawsNoise() {
    return training && (given == null || given.drawsNoise());
  }

  /** Returns one uniform draw from [0, 1) per row of x (T, ..): given or sampled; (T). */
  public NDArray uniform(NDArray x) {
    NDArray draws = given == null ? null : given.uniform();
    return draws != null ? draws : Ops.uniform(x.stopGradient().sum(new int[] {1}), seed);
  }
}
