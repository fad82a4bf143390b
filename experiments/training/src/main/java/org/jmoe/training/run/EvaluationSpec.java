package org.jmoe.training.run;

import com.google.common.base.Preconditions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Tokens to evaluate a model on.
 *
 * @param data file or folder of tokens
 * @param heldOut share that is held out where the data marks no rows; null for all of the data
 * @param seed of that choice
 * @param sequence tokens read together
 * @param batch sequences per batch
 * @param batches at most, spread evenly over the tokens
 */
public record EvaluationSpec(
    Path data, @Nullable Double heldOut, long seed, int sequence, int batch, long batches) {
  /** Checks the sizes. */
  public EvaluationSpec {
    Preconditions.checkArgument(sequence >= 1, "sequence = %s must be at least 1", sequence);
    Preconditions.checkArgument(batch >= 1, "batch = %s must be at least 1", batch);
    Preconditions.checkArgument(batches >= 1, "batches = %s must be at least 1", batches);
  }

  /** All of some data, one sequence per batch. */
  public static EvaluationSpec all(Path data, int sequence) {
    return new EvaluationSpec(data, null, 0, sequence, 1, Long.MAX_VALUE);
  }

  /** The same on the held-out part alone. */
  public EvaluationSpec onHeldOut(double share) {
    return new EvaluationSpec(data, share, seed, sequence, batch, batches);
  }

  /** The same with sequences of another length. */
  public EvaluationSpec withSequence(int tokens) {
    return new EvaluationSpec(data, heldOut, seed, tokens, batch, batches);
  }

  /** The same over at most so many batches. */
  public EvaluationSpec withBatches(long most) {
    return new EvaluationSpec(data, heldOut, seed, sequence, batch, most);
  }
}
