package org.jmoe.training;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.layer.LossTerm;
import org.jmoe.tensor.Precision;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.Schedule;

/**
 * Settings of a training run.
 *
 * @param steps optimizer steps
 * @param batch sequences of a micro-batch
 * @param sequence tokens of a sequence
 * @param accumulation micro-batches of a step
 * @param precision of the large products in training; evaluation is in float32
 * @param recompute whether each layer is computed a second time for its gradient, so that of the
 *     first time its input alone is kept: less memory, more time, the same numbers
 * @param optimizer how parameters change
 * @param schedule the learning rate over the steps
 * @param losses balance losses
 * @param evaluateEvery steps between evaluations
 * @param evaluationBatches most batches of an evaluation; the last evaluation uses four times as
 *     many
 * @param patience evaluations without improvement after which training stops; 0 for never
 * @param checkpoint when the state is saved
 * @param numerics what happens when a number is NaN or infinite
 */
public record TrainingSpec(
    int steps,
    int batch,
    int sequence,
    int accumulation,
    Precision precision,
    boolean recompute,
    AdamW.Spec optimizer,
    Schedule schedule,
    List<LossTerm> losses,
    int evaluateEvery,
    int evaluationBatches,
    int patience,
    CheckpointSpec checkpoint,
    NumericsPolicy numerics) {
  private static final long MOST_TOKENS = 1 << 27; // whose ids fit into one buffer

  /** Checks the sizes. */
  public TrainingSpec {
    positive(steps, "steps");
    positive(batch, "batch");
    positive(sequence, "sequence");
    positive(accumulation, "accumulation");
    positive(evaluateEvery, "evaluateEvery");
    positive(evaluationBatches, "evaluationBatches");
    Preconditions.checkArgument(
        (long) batch * sequence <= MOST_TOKENS,
        "batch = %s of sequence = %s are more than %s tokens; make one smaller and accumulation"
            + " larger",
        batch,
        sequence,
        MOST_TOKENS);
    Preconditions.checkArgument(patience >= 0, "patience must be at least 0, not %s", patience);
    losses = ImmutableList.copyOf(losses);
  }

  private static void positive(int value, String name) {
    Preconditions.checkArgument(value >= 1, "%s must be at least 1, not %s", name, value);
  }

  /** Most batches of the last evaluation, the one that a summary tells. */
  public long finalBatches() {
    return 4L * evaluationBatches;
  }

  /** Tokens of one optimizer step. */
  public long tokensPerStep() {
    return (long) batch * sequence * accumulation;
  }
}
