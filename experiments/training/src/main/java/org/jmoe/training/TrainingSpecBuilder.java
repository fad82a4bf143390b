package org.jmoe.training;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;
import org.jmoe.layer.LossTerm;
import org.jmoe.tensor.Precision;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.OptimizerSpec;
import org.jmoe.training.optimizer.Schedule;
import org.jmoe.training.optimizer.WarmupDecay;
import org.jspecify.annotations.Nullable;

/** Builder of {@link TrainingSpec}; see {@link TrainingSpec#builder}. */
public final class TrainingSpecBuilder {
  private int steps;
  private int batch;
  private int sequence;
  private int accumulation = 1;
  private TrainingSpec.@Nullable Rise batchRamp;
  private TrainingSpec.@Nullable Rise sequenceWarmup;
  private Precision precision = Precision.FLOAT32;
  private boolean recompute;
  private OptimizerSpec optimizer = AdamW.Spec.of(3e-3);
  private Schedule schedule;
  private double ema;
  private ImmutableList<LossTerm> losses = ImmutableList.of();
  private double outputZLoss;
  private int evaluateEvery;
  private int evaluationBatches = 16;
  private int patience;
  private CheckpointSpec checkpoint;
  private NumericsPolicy numerics = NumericsPolicy.fail();

  TrainingSpecBuilder(int steps, int batch, int sequence) {
    this.steps = steps;
    this.batch = batch;
    this.sequence = sequence;
    schedule = new WarmupDecay(WarmupDecay.Decay.COSINE, Math.max(1, steps / 20), 0.1);
    evaluateEvery = Math.max(1, steps / 5);
    checkpoint = new CheckpointSpec(evaluateEvery, 2);
  }

  TrainingSpecBuilder(TrainingSpec spec) {
    steps = spec.steps();
    batch = spec.batch();
    sequence = spec.sequence();
    accumulation = spec.accumulation();
    batchRamp = spec.batchRamp();
    sequenceWarmup = spec.sequenceWarmup();
    precision = spec.precision();
    recompute = spec.recompute();
    optimizer = spec.optimizer();
    schedule = spec.schedule();
    ema = spec.ema();
    losses = ImmutableList.copyOf(spec.losses());
    outputZLoss = spec.outputZLoss();
    evaluateEvery = spec.evaluateEvery();
    evaluationBatches = spec.evaluationBatches();
    patience = spec.patience();
    checkpoint = spec.checkpoint();
    numerics = spec.numerics();
  }

  /** Sets the number of optimizer steps. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder steps(int count) {
    steps = count;
    return this;
  }

  /** Sets the number of sequences per micro-batch. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder batch(int sequences) {
    batch = sequences;
    return this;
  }

  /** Sets the number of tokens per sequence. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder sequence(int tokens) {
    sequence = tokens;
    return this;
  }

  /** Sets the number of micro-batches per step. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder accumulation(int microBatches) {
    accumulation = microBatches;
    return this;
  }

  /** Sets how the number of micro-batches rises in the first steps; null for none. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder batchRamp(TrainingSpec.@Nullable Rise rise) {
    batchRamp = rise;
    return this;
  }

  /** Sets how the sequence length rises in the first steps; null for none. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder sequenceWarmup(TrainingSpec.@Nullable Rise rise) {
    sequenceWarmup = rise;
    return this;
  }

  /** Sets the precision of the large matmuls in training. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder precision(Precision matmuls) {
    precision = matmuls;
    return this;
  }

  /** Sets whether layers are recomputed in the backward pass. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder recompute(boolean layers) {
    recompute = layers;
    return this;
  }

  /** Sets the optimizer. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder optimizer(OptimizerSpec other) {
    optimizer = other;
    return this;
  }

  /** Sets the learning-rate schedule. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder schedule(Schedule other) {
    schedule = other;
    return this;
  }

  /** Sets the decay of a moving average of the weights; 0 for none. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder ema(double decay) {
    ema = decay;
    return this;
  }

  /** Sets the balance losses. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder losses(List<LossTerm> terms) {
    losses = ImmutableList.copyOf(terms);
    return this;
  }

  /** Sets the coefficient of the z-loss of the output logits; 0 for none. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder outputZLoss(double coefficient) {
    outputZLoss = coefficient;
    return this;
  }

  /** Sets the number of steps between evaluations. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder evaluateEvery(int interval) {
    evaluateEvery = interval;
    return this;
  }

  /** Sets the maximum number of batches per evaluation. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder evaluationBatches(int batches) {
    evaluationBatches = batches;
    return this;
  }

  /**
   * Sets the number of evaluations without improvement after which training stops; 0 to disable.
   */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder patience(int evaluations) {
    patience = evaluations;
    return this;
  }

  /** Sets when checkpoints are saved and how many are kept. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder checkpoint(CheckpointSpec settings) {
    checkpoint = settings;
    return this;
  }

  /** Sets how non-finite values are handled. */
  @CanIgnoreReturnValue
  public TrainingSpecBuilder numerics(NumericsPolicy policy) {
    numerics = policy;
    return this;
  }

  /**
   * Builds the settings.
   *
   * @throws IllegalArgumentException if they are invalid
   */
  public TrainingSpec build() {
    return new TrainingSpec(
        steps,
        batch,
        sequence,
        accumulation,
        batchRamp,
        sequenceWarmup,
        precision,
        recompute,
        optimizer,
        schedule,
        ema,
        losses,
        outputZLoss,
        evaluateEvery,
        evaluationBatches,
        patience,
        checkpoint,
        numerics);
  }
}
