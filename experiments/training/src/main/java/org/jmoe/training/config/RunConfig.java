package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import org.jmoe.tensor.Seed;
import org.jmoe.training.TrainingSpec;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Complete configuration of a run. Two runs of one configuration on one machine are bit-identical.
 *
 * @param seed seed of initial weights, noise and data order
 * @param data training and validation data
 * @param model model to train
 * @param training hyperparameters
 * @param init initialization from existing weights; null, and omitted in JSON, for random weights
 * @param teacher teacher for distillation; null, and omitted in JSON, for none
 */
public record RunConfig(
    long seed,
    DataSpec data,
    ModelSpec model,
    TrainingSpec training,
    @Nullable InitSpec init,
    @Nullable TeacherSpec teacher) {
  /** Checks that the parts are consistent. */
  public RunConfig {
    Preconditions.checkArgument(
        training.sequence() <= model.context(),
        "training.sequence = %s exceeds model.context = %s",
        training.sequence(),
        model.context());
    Preconditions.checkArgument(
        model.causal(), "jmoe train trains causal models; set model.causal to true");
    Preconditions.checkArgument(
        training.losses().isEmpty() || model.hasMoe(),
        "training.losses contains a balance loss, but the model has no MoE layer; remove the loss"
            + " or set model.moe");
    Preconditions.checkArgument(
        teacher == null || teacher.model().vocabulary() == model.vocabulary(),
        "the teacher has a vocabulary of %s, but model.vocabulary is %s; set model.vocabulary to"
            + " the teacher's",
        teacher == null ? 0 : teacher.model().vocabulary(),
        model.vocabulary());
    if (init != null) {
      init.requireFits(model);
    }
  }

  /** Creates a configuration with random initial weights. */
  public RunConfig(long seed, DataSpec data, ModelSpec model, TrainingSpec training) {
    this(seed, data, model, training, null, null);
  }

  /** Returns the model with quantised experts, if {@code init} asks for them. */
  public ModelSpec effectiveModel() {
    return init == null ? model : init.quantised(model);
  }

  /** Returns the low-rank updates to train instead of the weights; null for none. */
  public LowRank.@Nullable Spec lowRank() {
    return init == null ? null : init.lowRank();
  }

  /** Returns the seed of the model's initial weights, which also prefixes its parameter names. */
  public Seed modelSeed() {
    return Seed.of(seed).child("model");
  }

  /** Builds the uninitialized model. */
  public LanguageModel build() {
    return effectiveModel().build(modelSeed(), lowRank());
  }

  /**
   * Returns the model FLOPs of training per token: three times the forward pass, as the backward
   * pass takes two, without recomputation (Chowdhery et al. 2022, PaLM, appendix B).
   */
  public double flopsPerToken() {
    return 3 * model.flopsPerToken(training.sequence());
  }

  /** Returns a copy with another model. */
  public RunConfig withModel(ModelSpec other) {
    return new RunConfig(seed, data, other, training, init, teacher);
  }

  /** Returns a copy with other training settings. */
  public RunConfig withTraining(TrainingSpec other) {
    return new RunConfig(seed, data, model, other, init, teacher);
  }

  /** Returns a copy with another seed. */
  public RunConfig withSeed(long other) {
    return new RunConfig(other, data, model, training, init, teacher);
  }

  /** Returns a copy with another initialization. */
  public RunConfig withInit(@Nullable InitSpec other) {
    return new RunConfig(seed, data, model, training, other, teacher);
  }
}
