package org.jmoe.training.config;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Weights that a run begins with in place of random ones: a value, as it stands in run.json, which
 * names them by place and digest, so that the run can be repeated or found impossible to repeat.
 */
public interface InitialWeights {
  /** The model that has them; null where the run's own {@code model} says what it is. */
  @Nullable ModelSpec architecture();

  /** The file or folder that they are read from. */
  String place();

  /**
   * Puts them into a model.
   *
   * @param manager of the model
   * @throws ConfigException when they are no longer what they were
   */
  void load(LanguageModel model, NDManager manager);

  /** The {@code tokenizer.json} beside them, if there is one. */
  default Optional<Path> tokenizer() {
    return Optional.empty();
  }

  /** Weights of the same model that a run saved. */
  InitialWeights savedIn(Path file);
}
