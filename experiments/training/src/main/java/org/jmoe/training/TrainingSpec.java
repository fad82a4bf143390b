package org.jmoe.training;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.stream.LongStream;
import org.jmoe.layer.LossTerm;
import org.jmoe.tensor.Precision;
import org.jmoe.training.optimizer.OptimizerSpec;
import org.jmoe.training.optimizer.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * Training hyperparameters.
 *
 * @param steps optimizer steps
 * @param batch sequences per micro-batch
 * @param sequence tokens per sequence
 * @param accumulation micro-batches per step
 * @param batchRamp number of micro-batches of the first steps, rising to {@code accumulation}; null
 *     for none
 * @param sequenceWarmup sequence length of the first steps, doubling up to {@code sequence}:
 *     windows are cut into shorter sequences, so a step has the same tokens; null for none
 * @param precision precision of the large matmuls in training; evaluation uses float32
 * @param recompute whether to keep only the input of each layer and recompute the layer in the
 *     backward pass: less memory, more time, bit-identical results
 * @param optimizer optimizer settings
 * @param schedule learning-rate schedule
 * @param ema decay of a moving average of the weights that is kept next to them; 0 for none
 * @param losses balance losses
 * @param outputZLoss coefficient of the z-loss of the output logits, the mean of {@code log^2 Z}
 *     over the targets (Chowdhery et al. 2022, PaLM, section 5, with 1e-4); 0 for none
 * @param evaluateEvery steps between evaluations
 * @param evaluationBatches maximum number of batches per evaluation; the final evaluation uses four
 *     times as many
 * @param patience number of evaluations without improvement after which training stops; 0 to
 *     disable
 * @param checkpoint checkpoint settings
 * @param numerics handling of non-finite values
 */
public record TrainingSpec(
    int steps,
    int batch,
    int sequence,
    int accumulation,
    @Nullable Rise batchRamp,
    @Nullable Rise sequenceWarmup,
    Precision precision,
    boolean recompute,
    OptimizerSpec optimizer,
    Schedule schedule,
    double ema,
    List<LossTerm> losses,
    double outputZLoss,
    int evaluateEvery,
    int evaluationBatches,
    int patience,
    CheckpointSpec checkpoint,
    NumericsPolicy numerics) {
  /** Name of the weighted z-loss of the output logits in metrics. */
  public static final String OUTPUT_Z = "OutputZ";

  private static final long MAX_TOKENS = 1 << 27; // their ids fit into one buffer

  /**
   * A number that rises linearly in the first steps.
   *
   * @param from value at the first step
   * @param steps steps until the final value
   */
  public record Rise(int from, int steps) {
    /** Validates the values. */
    public Rise {
      positive(from, "from");
      positive(steps, "steps");
    }

    private int at(long step, int to) {
      return step >= steps ? to : (int) (from + (long) (to - from) * step / steps);
    }
  }

  /** Validates the settings. */
  public TrainingSpec {
    positive(steps, "steps");
    positive(batch, "batch");
    positive(sequence, "sequence");
    positive(accumulation, "accumulation");
    positive(evaluateEvery, "evaluateEvery");
    positive(evaluationBatches, "evaluationBatches");
    Preconditions.checkArgument(
        (long) batch * sequence <= MAX_TOKENS,
        "batch = %s times sequence = %s exceeds %s tokens; lower one of them and raise"
            + " accumulation",
        batch,
        sequence,
        MAX_TOKENS);
    Preconditions.checkArgument(
        batchRamp == null || batchRamp.from() <= accumulation,
        "batchRamp.from must be at most accumulation = %s",
        accumulation);
    Preconditions.checkArgument(
        sequenceWarmup == null || isDoubled(sequenceWarmup.from(), sequence),
        "sequence = %s must be sequenceWarmup.from times a power of 2",
        sequence);
    Preconditions.checkArgument(patience >= 0, "patience must be at least 0, not %s", patience);
    Preconditions.checkArgument(
        outputZLoss >= 0 && Double.isFinite(outputZLoss),
        "outputZLoss must be at least 0 and finite, not %s",
        outputZLoss);
    Preconditions.checkArgument(
        ema >= 0 && ema < 1, "ema must be at least 0 (for none) and below 1, not %s", ema);
    losses = ImmutableList.copyOf(losses);
  }

  /**
   * Returns a builder with AdamW at a learning rate of 3e-3, a warm-up over 5% of the steps and
   * cosine decay, float32, no balance losses, five evaluations of 16 batches, and a checkpoint at
   * each evaluation.
   */
  public static TrainingSpecBuilder builder(int steps, int batch, int sequence) {
    return new TrainingSpecBuilder(steps, batch, sequence);
  }

  /** Returns the settings of {@link #builder}. */
  public static TrainingSpec of(int steps, int batch, int sequence) {
    return builder(steps, batch, sequence).build();
  }

  /** Returns a builder initialized with these settings. */
  public TrainingSpecBuilder toBuilder() {
    return new TrainingSpecBuilder(this);
  }

  private static boolean isDoubled(int from, int to) {
    return to % from == 0 && Integer.bitCount(to / from) == 1;
  }

  private static void positive(int value, String name) {
    Preconditions.checkArgument(value >= 1, "%s must be at least 1, not %s", name, value);
  }

  /** Returns the maximum number of batches of the final evaluation, which the summary reports. */
  public long finalBatches() {
    return 4L * evaluationBatches;
  }

  /** Returns the number of micro-batches of a zero-based step. */
  int microBatches(long step) {
    return batchRamp == null ? accumulation : batchRamp.at(step, accumulation);
  }

  /** Returns the number of micro-batches of all steps before a zero-based step. */
  long microBatchesBefore(long step) {
    long ramped = batchRamp == null ? 0 : Math.min(step, batchRamp.steps());
    long count = LongStream.range(0, ramped).map(this::microBatches).sum();
    return count + (step - ramped) * accumulation;
  }

  /** Returns the number of tokens of all steps before a zero-based step. */
  public long tokensBefore(long step) {
    return (long) batch * sequence * microBatchesBefore(step);
  }

  /** Returns the sequence length of a zero-based step. */
  int sequenceAt(long step) {
    if (sequenceWarmup == null) {
      return sequence;
    }
    int doubled = sequenceWarmup.at(step, sequence) / sequenceWarmup.from();
    return sequenceWarmup.from() * Integer.highestOneBit(doubled);
  }

  /** Returns the number of tokens per optimizer step, after a batch ramp. */
  public long tokensPerStep() {
    return (long) batch * sequence * accumulation;
  }
}
