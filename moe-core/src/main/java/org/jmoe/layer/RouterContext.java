package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;
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
 * @param importance (T) what an outer layer's choice makes of a token: 1 for its first expert, 0.5
 *     for its second; null for 1 throughout
 * @param given draws to use instead of the seed's
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

  /** Without importance or given draws. */
  public RouterContext(
      boolean training,
      Seed seed,
      long sequences,
      @Nullable NDArray tokenIds,
      @Nullable NDArray padding) {
    this(training, seed, sequences, tokenIds, padding, null, null);
  }

  /** Tokens of one sequence, without ids or padding. */
  public static RouterContext of(boolean training, Seed seed) {
    return new RouterContext(training, seed, 1, null, null);
  }

  /** The same with draws that are given. */
  public RouterContext withGiven(GivenDraws draws) {
    return new RouterContext(training, seed, sequences, tokenIds, padding, importance, draws);
  }

  /** The same with draws of their own, for a rule that draws more than once. */
  public RouterContext child(String name) {
    return new RouterContext(
        training, seed.child(name), sequences, tokenIds, padding, importance, given);
  }

  /** The same with padding (T). */
  public RouterContext withPadding(NDArray mask) {
    return new RouterContext(training, seed, sequences, tokenIds, mask, importance, given);
  }

  /** The same for B sequences. */
  public RouterContext withSequences(long count) {
    return new RouterContext(training, seed, count, tokenIds, padding, importance, given);
  }

  /** The same with token ids (T). */
  public RouterContext withTokenIds(NDArray ids) {
    return new RouterContext(training, seed, sequences, ids, padding, importance, given);
  }

  /** The noise that is given, (T, E); null where it is to be drawn. */
  public @Nullable NDArray givenNoise() {
    return given == null ? null : given.noise();
  }

  /** Whether a noisy router draws its noise: while training, unless the draws are given. */
  public boolean drawsNoise() {
    return training && (given == null || given.drawsNoise());
  }

  /** One draw of [0, 1) for each row of x (T, ..): the given one, or the seed's; (T). */
  public NDArray uniform(NDArray x) {
    NDArray draws = given == null ? null : given.uniform();
    return draws != null ? draws : Ops.uniform(x.stopGradient().sum(new int[] {1}), seed);
  }
}
