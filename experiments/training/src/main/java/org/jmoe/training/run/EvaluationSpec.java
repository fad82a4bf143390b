package org.jmoe.training.run;

import com.google.common.base.Preconditions;
import org.jmoe.data.formats.TokenData;
import org.jmoe.training.results.EvaluatedRows;

/**
 * Data to evaluate a model on.
 *
 * @param data tokens
 * @param rows rows to use
 * @param sequence tokens per sequence
 * @param batch sequences per batch
 * @param batches maximum number of batches, spread evenly over the data
 */
public record EvaluationSpec(
    TokenData data, EvaluatedRows rows, int sequence, int batch, long batches) {
  /** Validates the sizes. */
  public EvaluationSpec {
    Preconditions.checkArgument(sequence >= 1, "sequence = %s must be at least 1", sequence);
    Preconditions.checkArgument(batch >= 1, "batch = %s must be at least 1", batch);
    Preconditions.checkArgument(batches >= 1, "batches = %s must be at least 1", batches);
  }

  /** Returns a spec for all rows, with one sequence per batch. */
  public static EvaluationSpec all(TokenData data, int sequence) {
    return new EvaluationSpec(data, new EvaluatedRows.All(), sequence, 1, Long.MAX_VALUE);
  }

  /** Returns a copy with other rows. */
  public EvaluationSpec withRows(EvaluatedRows other) {
    return new EvaluationSpec(data, other, sequence, batch, batches);
  }

  /** Returns a copy with another sequence length. */
  public EvaluationSpec withSequence(int tokens) {
    return new EvaluationSpec(data, rows, tokens, batch, batches);
  }

  /** Returns a copy with another maximum number of batches. */
  public EvaluationSpec withBatches(long max) {
    return new EvaluationSpec(data, rows, sequence, batch, max);
  }
}
