package org.jmoe.training.run;

import ai.djl.ndarray.NDManager;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * A model opened from a folder: a trained run ({@link LoadedRun}) or a published checkpoint.
 * Closing it frees its parameters.
 */
public interface OpenedModel extends AutoCloseable {
  /** Where it was opened. */
  Path folder();

  /** The model. */
  LanguageModel model();

  /** Owns the model's parameters. */
  NDManager manager();

  /**
   * The name of the model's tokenizer, as {@link org.jmoe.data.text.TextTokenizer#open} takes it;
   * empty where the folder does not say.
   */
  Optional<String> tokenizer();

  /**
   * What to evaluate the model on: all of {@code other}, or else what it held out when it was
   * trained.
   *
   * @throws ConfigException when {@code other} is null and the folder names no data
   */
  EvaluationSpec evaluation(@Nullable Path other);

  /** Which rows of which data the model was trained on, as far as the folder says. */
  TrainedRows trainedOn();

  /** The steps of which there is a checkpoint, ascending; empty for a published checkpoint. */
  ImmutableList<Long> steps();

  /** The step of the parameters that are loaded; 0 for a published checkpoint. */
  long step();

  /**
   * Loads the parameters of another step.
   *
   * @throws ConfigException when there is no checkpoint of that step
   * @throws org.jmoe.training.checkpoint.CheckpointException when it is broken; the model is then
   *     as it was
   */
  void use(long step);

  /**
   * Loads the parameters of the lowest held-out loss among those saved.
   *
   * @throws ConfigException when none of them was measured
   */
  void useBest();

  @Override
  void close();
}
