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
import org.jmoe.transformer.LanguageModel;

/**
 * Training towards another model's predictions (Hinton et al. 2015, section 2): {@code (1 - w) CE +
 * w t^2 KL(teacher || student)}, both softmaxes of the divergence at temperature t, whose square
 * keeps the gradients' size.
 *
 * @param teacher whose weights stay
 * @param temperature t
 * @param weight w of the divergence, in [0, 1]
 */
public record Distillation(LanguageModel teacher, double temperature, double weight) {
  /** Its name in tables: the divergence, times {@code t^2}. */
  public static final String NAME = "Divergence";

  /** Checks the numbers. */
  public Distillation {
    require(temperature, weight);
  }

  /** Checks the numbers. */
  public static void require(double temperature, double weight) {
    Preconditions.checkArgument(
        temperature > 0 && Double.isFinite(temperature),
        "temperature must be above 0 and finite, not %s",
        temperature);
    Preconditions.checkArgument(
        weight >= 0 && weight <= 1, "weight must be in [0, 1], not %s", weight);
  }

  /**
   * The divergence at each target, (T); 0 where it does not count.
   *
   * @param ids (B, S) of the batch
   * @param logits (B, S, V) of the student
   */
  NDArray divergence(NDManager scope, Batch batch, NDArray ids, NDArray logits) {
    RecordingStore store =
        new RecordingStore(new ParameterStore(scope, false), Seed.of(0))
            .withSeparator(batch.separator());
    NDArray wanted = // (B, S, V)
        NoGrad.get(() -> teacher.logits(store, ids, null, null, false));
    long vocabulary = teacher.spec().vocabulary();
    NDArray each = // (T)
        Ops.klDivergence(
            logits.reshape(-1, vocabulary), wanted.reshape(-1, vocabulary), temperature);
    if (batch.targets() == batch.tokens()) {
      return each;
    }
    NDArray counted = batch.targets(scope).reshape(batch.tokens()).gte(0); // (T)
    return each.mul(Ops.cast(counted, each.getDataType()));
  }

  /** The mean divergence, times {@code t^2}. */
  NDArray scaled(NDArray mean) {
    return Ops.scale(mean, temperature * temperature);
  }

  /** What is made small, of 0-d arrays. */
  NDArray total(NDArray entropy, NDArray divergence) {
    return Ops.scale(entropy, 1 - weight).add(Ops.scale(divergence, weight));
  }
}
