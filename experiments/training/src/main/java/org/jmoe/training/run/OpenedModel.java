package org.jmoe.training.run;

import ai.djl.ndarray.NDManager;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.data.formats.TokenData;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * A model opened from a folder: a trained run ({@link LoadedRun}) or a published checkpoint.
 * Closing it frees its parameters.
 */
public interface OpenedModel extends AutoCloseable {
  /** Returns the folder that the model was opened from. */
  Path folder();

  /** Returns the model. */
  LanguageModel model();

  /** Returns the manager that owns the model's parameters. */
  NDManager manager();

  /**
   * Returns the name of the model's tokenizer for {@link
   * org.jmoe.data.tokenizer.TextTokenizer#open}; empty if the folder does not specify one.
   */
  Optional<String> tokenizer();

  /** Ids at which a generated text ends; empty where the folder does not specify any. */
  default ImmutableSet<Integer> endTokens() {
    return ImmutableSet.of();
  }

  /**
   * Returns the data to evaluate the model on: all of {@code other}, or the held-out part of the
   * training data if {@code other} is null.
   *
   * @throws ConfigException if {@code other} is null and the folder does not specify data
   */
  EvaluationSpec evaluation(@Nullable TokenData other);

  /** Returns the rows that the model was trained on, as far as the folder records them. */
  TrainedRows trainedOn();

  /** Returns the steps with a checkpoint, in ascending order; empty for a published checkpoint. */
  ImmutableList<Long> steps();

  /** Returns the step of the loaded parameters; 0 for a published checkpoint. */
  long step();

  /**
   * Loads the parameters of another step.
   *
   * @throws ConfigException if there is no checkpoint of that step
   * @throws org.jmoe.training.checkpoint.CheckpointException if it is corrupt; the model is not
   *     changed in that case
   */
  void use(long step);

  /**
   * Loads the checkpoint with the lowest held-out loss.
   *
   * @throws ConfigException if no checkpoint has a held-out loss
   */
  void useBest();

  /**
   * Loads the moving average of the weights (training.ema) at the current step.
   *
   * @throws ConfigException if none is kept
   */
  default void useEma() {
    throw new ConfigException(
        folder() + " has no moving average of the weights; train a run with training.ema=0.999");
  }

  @Override
  void close();
}
