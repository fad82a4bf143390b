package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import java.util.function.Supplier;
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
 * @param hook changes to the logits and choices; null for none
 * @param expertScores computes the experts' own scores (T, E) of the tokens; null if they have none
 */
public record RouterContext(
    boolean training,
    Seed seed,
    long sequences,
    @Nullable NDArray tokenIds,
    @Nullable NDArray padding,
    @Nullable NDArray importance,
    @Nullable GivenDraws given,
    @Nullable RouterHook hook,
    @Nullable Supplier<NDArray> expertScores) {

  /**
   * Given random draws, used instead of sampled ones to compare routing with another
   * implementation.
   *
   * @param noise (T, E) added to the logits; null for none
   * @param noiseStd standard deviation of the noise for load estimators
   * @param uniform (T) of [0, 1), one draw per token; null to sample
   * @param drawsNoise whether missing noise is sampled in training; otherwise there is no noise
   */
  public record GivenDraws(
      @Nullable NDArray noise, double noiseStd, @Nullable NDArray uniform, boolean drawsNoise) {}

  /** Checks the number of sequences. */
  public RouterContext {
    Preconditions.checkArgument(sequences >= 1, "sequences must be at least 1, not %s", sequences);
  }

  /** Creates a context for one sequence without ids or padding. */
  public static RouterContext of(boolean training, Seed seed) {
    return new RouterContext(training, seed, 1, null, null, null, null, null, null);
  }

  /** Returns a copy with given draws. */
  public RouterContext withGiven(GivenDraws draws) {
    return new RouterContext(
        training, seed, sequences, tokenIds, padding, importance, draws, hook, expertScores);
  }

  /** Returns a copy with a child seed, for routers that draw more than once. */
  public RouterContext child(String name) {
    return new RouterContext(
        training,
        seed.child(name),
        sequences,
        tokenIds,
        padding,
        importance,
        given,
        hook,
        expertScores);
  }

  /** Returns a copy with padding (T), null for none. */
  public RouterContext withPadding(@Nullable NDArray mask) {
    return new RouterContext(
        training, seed, sequences, tokenIds, mask, importance, given, hook, expertScores);
  }

  /** Returns a copy for B sequences. */
  public RouterContext withSequences(long count) {
    return new RouterContext(
        training, seed, count, tokenIds, padding, importance, given, hook, expertScores);
  }

  /** Returns a copy with importance (T), null for all 1. */
  public RouterContext withImportance(@Nullable NDArray ranks) {
    return new RouterContext(
        training, seed, sequences, tokenIds, padding, ranks, given, hook, expertScores);
  }

  /** Returns a copy with changes to the logits and choices. */
  public RouterContext withHook(@Nullable RouterHook changes) {
    return new RouterContext(
        training, seed, sequences, tokenIds, padding, importance, given, changes, expertScores);
  }

  /** Returns a copy with the experts' own scores. */
  public RouterContext withExpertScores(@Nullable Supplier<NDArray> scores) {
    return new RouterContext(
        training, seed, sequences, tokenIds, padding, importance, given, hook, scores);
  }

  /**
   * Returns the experts' own scores, (T, E).
   *
   * @param router its path
   * @throws RoutingException if the experts have none
   */
  public NDArray requireExpertScores(String router) {
    if (expertScores == null) {
      throw new RoutingException(
          router
              + " goes by the experts' own scores, but these experts have none; use"
              + " AutonomousExperts or another router");
    }
    return expertScores.get();
  }

  /** Returns the logits (T, E) as the hook leaves them. */
  public NDArray hooked(NDArray logits) {
    return hook == null ? logits : hook.logits(logits);
  }

  /** Returns the selection as the hook leaves it. */
  public Selection hooked(Selection selection) {
    return hook == null ? selection : hook.choices(selection);
  }

  /** Returns a copy with token ids (T), null for none. */
  public RouterContext withTokenIds(@Nullable NDArray ids) {
    return new RouterContext(
        training, seed, sequences, ids, padding, importance, given, hook, expertScores);
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
