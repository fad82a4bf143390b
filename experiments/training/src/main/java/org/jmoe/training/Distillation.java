package org.jmoe.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.transformer.LanguageModel;

/**
 * Knowledge distillation (Hinton et al. 2015, section 2): {@code (1 - w) CE + w t^2 KL(teacher ||
 * student)}, with both softmaxes of the divergence at temperature t; the factor t^2 keeps the
 * magnitude of the gradients.
 *
 * @param teacher model with fixed weights
 * @param temperature t
 * @param weight weight w of the divergence, in [0, 1]
 */
public record Distillation(LanguageModel teacher, double temperature, double weight) {
  /** Name of the scaled divergence, {@code t^2 KL}, in metrics. */
  public static final String NAME = "Divergence";

  /** Validates the values. */
  public Distillation {
    require(temperature, weight);
  }

  /** Checks that temperature and weight are in range. */
  public static void require(double temperature, double weight) {
    Preconditions.checkArgument(
        temperature > 0 && Double.isFinite(temperature),
        "temperature must be above 0 and finite, not %s",
        temperature);
    Preconditions.checkArgument(
        weight >= 0 && weight <= 1, "weight must be in [0, 1], not %s", weight);
  }

  /**
   * Returns the divergence per target, (T); 0 for targets that are masked out.
   *
   * @param ids token ids of the batch, (B, S)
   * @param logits student logits, (B, S, V)
   */
  NDArray divergence(NDManager scope, Batch batch, NDArray ids, NDArray logits) {
    RecordingStore store =
        new RecordingStore(new ParameterStore(scope, false), Seed.of(0))
            .withSeparator(batch.separator());
    NDArray target = // (B, S, V)
        NoGrad.get(() -> teacher.logits(store, ids, null, null, false));
    long vocabulary = teacher.spec().vocabulary();
    NDArray perToken = // (T)
        TransformerOps.klDivergence(
            logits.reshape(-1, vocabulary), target.reshape(-1, vocabulary), temperature);
    return Objective.ofTargets(perToken, batch, scope);
  }

  /** Returns the mean divergence multiplied by {@code t^2}. */
  NDArray scaled(NDArray mean) {
    return Ops.scale(mean, temperature * temperature);
  }

  /** Returns the total loss, of 0-d arrays. */
  NDArray total(NDArray entropy, NDArray divergence) {
    return Ops.scale(entropy, 1 - weight).add(Ops.scale(divergence, weight));
  }
}
