package org.jmoe.training.config;

import ai.djl.ndarray.NDManager;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Initial weights of a run, as specified in run.json by location and digest, so that changed files
 * are detected when the run is repeated.
 */
public interface InitialWeights {
  /** Returns the model of the weights, or null if the run's own {@code model} specifies it. */
  @Nullable ModelSpec architecture();

  /** Returns the file or folder that contains the weights. */
  String location();

  /**
   * Loads the weights into a model.
   *
   * @param manager manager of the model
   * @throws ConfigException if the files have changed
   */
  void load(LanguageModel model, NDManager manager);

  /** Returns the {@code tokenizer.json} next to the weights, if there is one. */
  default Optional<Path> tokenizer() {
    return Optional.empty();
  }

  /** Ids at which a text that the model generates ends; none by default. */
  default ImmutableSet<Integer> endTokens() {
    return ImmutableSet.of();
  }

  /** Returns the weights that a run saved for the same model. */
  InitialWeights savedIn(Path file);
}
