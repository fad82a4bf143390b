package org.jmoe.training.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.common.base.Preconditions;
import org.jmoe.training.TrainingSpec;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.TransformerSpec;
import org.jspecify.annotations.Nullable;

/**
 * A whole run as a value; two runs of one configuration on one machine give the same bits.
 *
 * @param seed of the weights, the noise and the order of the data
 * @param data what it trains on
 * @param transformer what is trained, in JSON {@code model}; null where the initial weights say it
 * @param training how
 * @param init what it goes on from; null for random weights. JSON leaves it out then
 * @param teacher whose predictions it is trained towards; null for none. JSON leaves it out then
 */
public record RunConfig(
    long seed,
    DataSpec data,
    @JsonProperty("model") @Nullable TransformerSpec transformer,
    TrainingSpec training,
    @Nullable InitSpec init,
    @Nullable TeacherSpec teacher) {
  /** Checks that the parts fit together. */
  public RunConfig {
    ModelSpec known = init == null ? null : init.weights().architecture();
    Preconditions.checkArgument(
        transformer == null || known == null,
        "init.weights say what the model is; leave model out, or set it to null");
    ModelSpec spec = transformer == null ? known : transformer;
    if (spec == null) {
      throw new IllegalArgumentException("key 'model' is missing");
    }
    Preconditions.checkArgument(
        training.sequence() <= spec.context(),
        "training.sequence = %s exceeds model.context = %s",
        training.sequence(),
        spec.context());
    Preconditions.checkArgument(
        spec.causal(), "jmoe train trains causal models; set model.causal to true");
    Preconditions.checkArgument(
        training.losses().isEmpty() || spec.hasMoe(),
        "training.losses names a balance loss but no layer of the model is an MoE layer; remove the"
            + " loss or set model.moe");
    Preconditions.checkArgument(
        teacher == null || teacher.spec().vocabulary() == spec.vocabulary(),
        "the teacher has a vocabulary of %s, the model one of %s; set model.vocabulary",
        teacher == null ? 0 : teacher.spec().vocabulary(),
        spec.vocabulary());
  }

  /** A run from random weights. */
  public RunConfig(long seed, DataSpec data, TransformerSpec model, TrainingSpec training) {
    this(seed, data, model, training, null, null);
  }

  /** What is trained. */
  public ModelSpec spec() {
    ModelSpec known = init == null ? null : init.weights().architecture();
    if (transformer == null && known == null) {
      throw new IllegalStateException("a configuration without a model");
    }
    ModelSpec base = known == null ? model() : known;
    return init == null ? base : init.adapted(base);
  }

  /**
   * The model's settings, where the configuration itself has them.
   *
   * @throws ConfigException for a run that goes on from a published checkpoint
   */
  public TransformerSpec model() {
    if (transformer == null) {
      throw new ConfigException(
          "the run goes on from a published checkpoint, whose model is not told by run.json's"
              + " model");
    }
    return transformer;
  }

  /** The same with another model. */
  public RunConfig withModel(TransformerSpec other) {
    return new RunConfig(seed, data, other, training, init, teacher);
  }

  /** The same with other training. */
  public RunConfig withTraining(TrainingSpec other) {
    return new RunConfig(seed, data, transformer, other, init, teacher);
  }

  /** The same with another seed. */
  public RunConfig withSeed(long other) {
    return new RunConfig(other, data, transformer, training, init, teacher);
  }

  /** The same from other weights. */
  public RunConfig withInit(@Nullable InitSpec other) {
    return new RunConfig(seed, data, transformer, training, other, teacher);
  }
}
