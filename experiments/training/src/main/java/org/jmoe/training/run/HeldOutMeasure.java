package org.jmoe.training.run;

import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jspecify.annotations.Nullable;

/**
 * How well a trained model predicts.
 *
 * @param nats mean cross-entropy of a token
 * @param bitsPerByte null where the data does not tell its bytes
 * @param tokens it was taken over
 */
public record HeldOutMeasure(double nats, @Nullable Double bitsPerByte, long tokens) {

  /** Evaluates a model. */
  public static HeldOutMeasure of(OpenedModel opened, EvaluationSpec tokens) {
    int vocabulary = opened.model().spec().vocabulary();
    try (EvaluationData data = EvaluationData.open(tokens, vocabulary)) {
      Evaluator evaluator =
          new Evaluator(opened.model(), opened.manager(), data.batches(), data.domains().size());
      Evaluation evaluation = evaluator.run(data.count());
      return new HeldOutMeasure(
          evaluation.nats(), bitsPerByte(evaluation.nats(), data.corpus()), evaluation.tokens());
    }
  }

  /** Bits for each byte of text at so many nats a token, or null where its bytes are unknown. */
  static @Nullable Double bitsPerByte(double nats, TokenCorpus corpus) {
    return corpus.bytesPerToken().isPresent()
        ? nats / Math.log(2) / corpus.bytesPerToken().getAsDouble()
        : null;
  }
}
