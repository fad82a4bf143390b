package org.jmoe.catalog.trial;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.training.CheckpointSpec;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.DataSpec;
import org.jmoe.training.config.DefaultSource;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.optimizer.WarmupDecay;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jspecify.annotations.Nullable;

/**
 * The language model trained in most experiments: bytes of Java source, two layers of width 64,
 * 1024 tokens per step, a single pass over the data.
 *
 * @param steps training steps
 * @param hidden hidden width of the dense feed-forwards
 * @param moe MoE layer replacing all of them; null for a dense model
 * @param losses balance losses
 */
public record TinyLanguage(
    int steps, int hidden, MoeLayer.@Nullable Spec moe, List<LossTerm> losses) {
  static final int DIM = 64;
  static final int LAYERS = 2;

  private static final int SEQUENCE = 128;
  private static final int BATCH = 8;
  private static final int EVALUATIONS = 12;

  /** Description of the set-up for reports. */
  public static final String TOLD =
      "A byte-level language model of 2 layers of width 64 (rotary positions, RMS norm, AdamW at"
          + " 3e-3 with warm-up and cosine decay) is trained on Java sources of seven libraries,"
          + " 1,024 tokens per step, in a single pass, in float32 with one thread. Loss is held-out"
          + " nats per byte; every arm of a seed sees the same batches in the same order and starts"
          + " with the same weights wherever it has the same parameters.";

  public TinyLanguage {
    losses = ImmutableList.copyOf(losses);
  }

  /** Returns a dense model. */
  public static RunConfig dense(int steps, int hidden) {
    return plain(steps, hidden).config();
  }

  /** Returns a dense model without a learning-rate schedule. */
  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type
  public static TinyLanguage plain(int steps, int hidden) {
    return new TinyLanguage(steps, hidden, null, List.of());
  }

  /** Returns a model with experts in every layer. */
  public static RunConfig sparse(int steps, MoeLayer.Spec moe, LossTerm... losses) {
    return new TinyLanguage(steps, 4 * DIM, moe, List.of(losses)).config();
  }

  /** Returns the run with warm-up and cosine decay. */
  public RunConfig config() {
    return config(WarmupDecay.Decay.COSINE, 12);
  }

  /** Returns the run with another schedule and number of evaluations. */
  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type in a class file
  public RunConfig config(WarmupDecay.Decay decay, int measured) {
    ModelSpec model =
        ModelSpec.builder(256, SEQUENCE, DIM)
            .layers(
                LAYERS,
                new DecoderBlock.Spec(
                    GroupedAttention.Spec.of(4, 4),
                    new FeedForward.Spec(hidden, Activation.RELU),
                    moe))
            .build();
    TrainingSpec training =
        TrainingSpec.builder(steps, BATCH, SEQUENCE)
            .schedule(new WarmupDecay(decay, Math.max(1, steps / 20), 0.1))
            .losses(losses)
            .evaluateEvery(Math.max(1, steps / measured))
            .evaluationBatches(EVALUATIONS)
            .checkpoint(new CheckpointSpec(Math.max(1, steps / 2), 2))
            .build();
    return new RunConfig(1, new DataSpec(new DefaultSource(), 0.05), model, training);
  }
}
