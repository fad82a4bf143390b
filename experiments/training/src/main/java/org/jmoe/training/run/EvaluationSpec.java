package org.jmoe.training.run;

import com.google.common.base.Preconditions;
import java.nio.file.Path;
import org.jmoe.training.results.EvaluatedRows;

/**
 * Tokens to evaluate a model on.
 *
 * @param data file or folder of tokens
 * @param rows which of its rows
 * @param sequence tokens read together
 * @param batch sequences per batch
 * @param batches at most, spread evenly over the tokens
 */
public record EvaluationSpec(Path data, EvaluatedRows rows, int sequence, int batch, long batches) {
  /** Checks the sizes. */
  public EvaluationSpec {
    Preconditions.checkArgument(sequence >= 1, "sequence = %s must be at least 1", sequence);
    Preconditions.checkArgument(batch >= 1, "batch = %s must be at least 1", batch);
    Preconditions.checkArgument(batches >= 1, "batches = %s must be at least 1", batches);
  }

  /** All of some data, one sequence per batch. */
  public static EvaluationSpec all(Path data, int sequence) {
    return new EvaluationSpec(data, new EvaluatedRows.All(), sequence, 1, Long.MAX_VALUE);
  }

  /** The same on other rows. */
  public EvaluationSpec withRows(EvaluatedRows other) {
    return new EvaluationSpec(data, other, sequence, batch, batches);
  }

  /** The same with sequences of another length. */
  public EvaluationSpec withSequence(int tokens) {
    return new EvaluationSpec(data, rows, tokens, batch, batches);
  }

  /** The same over at most so many batches. */
  public EvaluationSpec withBatches(long most) {
    return new EvaluationSpec(data, rows, sequence, batch, most);
  }
}
