package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import org.jmoe.tensor.Seed;
import org.jmoe.training.TrainingSpec;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * A whole run as a value; two runs of one configuration on one machine give the same bits.
 *
 * @param seed of the weights, the noise and the order of the data
 * @param data what it trains on
 * @param model what is trained
 * @param training how
 * @param init what it goes on from; null for random weights. JSON leaves it out then
 * @param teacher whose predictions it is trained towards; null for none. JSON leaves it out then
 */
public record RunConfig(
    long seed,
    DataSpec data,
    ModelSpec model,
    TrainingSpec training,
    @Nullable InitSpec init,
    @Nullable TeacherSpec teacher) {
  /** Checks that the parts fit together. */
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
        "training.losses names a balance loss but no layer of the model is an MoE layer; remove the"
            + " loss or set model.moe");
    Preconditions.checkArgument(
        teacher == null || teacher.model().vocabulary() == model.vocabulary(),
        "the teacher has a vocabulary of %s, the model one of %s; set model.vocabulary",
        teacher == null ? 0 : teacher.model().vocabulary(),
        model.vocabulary());
    if (init != null) {
      init.requireFits(model);
    }
  }

  /** A run from random weights. */
  public RunConfig(long seed, DataSpec data, ModelSpec model, TrainingSpec training) {
    this(seed, data, model, training, null, null);
  }

  /** The model as its weights are held: with quantised experts where {@code init} asks for them. */
  public ModelSpec heldModel() {
    return init == null ? model : init.held(model);
  }

  /** Low-rank changes that are trained in place of the weights; null for none. */
  public LowRank.@Nullable Spec lowRank() {
    return init == null ? null : init.lowRank();
  }

  /** What names the model's parameters and draws its weights. */
  public Seed modelSeed() {
    return Seed.of(seed).child("model");
  }

  /** Builds the model, not yet initialised. */
  public LanguageModel build() {
    return heldModel().build(modelSeed(), lowRank());
  }

  /** The same with another model. */
  public RunConfig withModel(ModelSpec other) {
    return new RunConfig(seed, data, other, training, init, teacher);
  }

  /** The same with other training. */
  public RunConfig withTraining(TrainingSpec other) {
    return new RunConfig(seed, data, model, other, init, teacher);
  }

  /** The same with another seed. */
  public RunConfig withSeed(long other) {
    return new RunConfig(other, data, model, training, init, teacher);
  }

  /** The same from other weights. */
  public RunConfig withInit(@Nullable InitSpec other) {
    return new RunConfig(seed, data, model, training, other, teacher);
  }
}
