package org.jmoe.training.run;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.results.LayerSummary;
import org.jspecify.annotations.Nullable;

/**
 * Held-out loss and expert load of a trained model.
 *
 * @param nats mean cross-entropy per token
 * @param bitsPerByte cross-entropy in bits per byte of text; null if the data do not record the
 *     number of bytes
 * @param tokens number of scored tokens
 * @param layers load of each MoE layer; empty for a dense model
 */
public record HeldOutMetrics(
    double nats, @Nullable Double bitsPerByte, long tokens, List<LayerSummary> layers) {
  /** Copies the list. */
  public HeldOutMetrics {
    layers = ImmutableList.copyOf(layers);
  }

  /** Evaluates a model. */
  public static HeldOutMetrics of(OpenedModel opened, EvaluationSpec tokens) {
    int vocabulary = opened.model().spec().vocabulary();
    try (EvaluationData data = EvaluationData.open(tokens, vocabulary)) {
      Evaluator evaluator =
          new Evaluator(opened.model(), opened.manager(), data.batches(), data.domains().size());
      Evaluation evaluation = evaluator.run(data.count());
      return new HeldOutMetrics(
          evaluation.nats(),
          evaluation.bitsPerByte(),
          evaluation.tokens(),
          evaluation.layers().entrySet().stream()
              .map(layer -> LayerSummary.of(layer.getKey(), layer.getValue(), data.domains()))
              .toList());
    }
  }
}
