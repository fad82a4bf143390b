package org.jmoe.training.run;

import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jspecify.annotations.Nullable;

/**
 * How well a trained model predicts.
 *
 * @param nats mean cross-entropy per token
 * @param bitsPerByte of the text behind the scored tokens; null where the data does not record its
 *     bytes
 * @param tokens scored
 */
public record HeldOutMeasure(double nats, @Nullable Double bitsPerByte, long tokens) {

  /** Evaluates a model. */
  public static HeldOutMeasure of(OpenedModel opened, EvaluationSpec tokens) {
    int vocabulary = opened.model().spec().vocabulary();
    try (EvaluationData data = EvaluationData.open(tokens, vocabulary)) {
      Evaluator evaluator =
          new Evaluator(opened.model(), opened.manager(), data.batches(), data.domains().size());
      Evaluation evaluation = evaluator.run(data.count());
      return new HeldOutMeasure(evaluation.nats(), evaluation.bitsPerByte(), evaluation.tokens());
    }
  }
}
