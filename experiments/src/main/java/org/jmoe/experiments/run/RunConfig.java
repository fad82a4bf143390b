package org.jmoe.experiments.run;

import com.google.common.base.Preconditions;
import org.jmoe.experiments.train.TrainingSpec;
import org.jmoe.transformer.TransformerSpec;

/**
 * A whole run as a value; two runs of one configuration on one machine give the same bits.
 *
 * @param seed of the weights, the noise and the order of the data
 * @param data what it trains on
 * @param model what is trained
 * @param training how
 */
public record RunConfig(long seed, DataSpec data, TransformerSpec model, TrainingSpec training) {
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
  }

  /** The same with another model. */
  public RunConfig withModel(TransformerSpec other) {
    return new RunConfig(seed, data, other, training);
  }

  /** The same with other training. */
  public RunConfig withTraining(TrainingSpec other) {
    return new RunConfig(seed, data, model, other);
  }

  /** The same with another seed. */
  public RunConfig withSeed(long other) {
    return new RunConfig(other, data, model, training);
  }
}
