package org.jmoe.training.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.List;
import java.util.Map;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.StepReport;
import org.jmoe.training.evaluation.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code metrics.jsonl}: a training step or an evaluation. Non-finite values, such as
 * the loss of a skipped step, are omitted.
 *
 * @param kind kind of the line
 * @param step number of completed steps, including this one
 * @param tokens number of tokens trained on so far
 * @param seconds duration of the run so far, including earlier processes
 * @param nats mean cross-entropy per token: of the step's batch, or held-out
 * @param gradientNorm global gradient norm before clipping; steps only
 * @param learningRate learning rate of the step, schedule included; steps only
 * @param tokensPerSecond tokens of the step over its duration; steps only
 * @param losses weighted auxiliary losses, by name; steps only
 * @param maxOverMean maximum expert load divided by the mean load, by layer
 * @param choices (E) number of choices of each expert, by layer; only in the steps that {@code
 *     routing.arrow} records
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record MetricsRow(
    Kind kind,
    long step,
    long tokens,
    double seconds,
    @Nullable Double nats,
    @Nullable Double gradientNorm,
    @Nullable Double learningRate,
    @Nullable Double tokensPerSecond,
    Map<String, Double> losses,
    Map<String, Double> maxOverMean,
    Map<String, List<Long>> choices) {
  /** Kinds of line. */
  public enum Kind {
    /** A training step. */
    @JsonProperty("step")
    STEP,
    /** An evaluation on held-out data. */
    @JsonProperty("evaluation")
    EVALUATION
  }

  /** Makes defensive copies; omitted maps are empty. */
  public MetricsRow {
    losses = losses == null ? ImmutableMap.of() : ImmutableMap.copyOf(losses);
    maxOverMean = maxOverMean == null ? ImmutableMap.of() : ImmutableMap.copyOf(maxOverMean);
    choices = choices == null ? ImmutableMap.of() : ImmutableMap.copyOf(choices);
  }

  /**
   * Returns the row of a step.
   *
   * @param withChoices whether to include the choices of each expert
   */
  static MetricsRow of(
      StepReport report, long tokens, double seconds, double tokensPerSecond, boolean withChoices) {
    return new MetricsRow(
        Kind.STEP,
        report.step() + 1,
        tokens,
        seconds,
        finite(report.nats()),
        finite(report.gradientNorm()),
        finite(report.rate()),
        finite(tokensPerSecond),
        Maps.filterValues(report.penalties(), Double::isFinite),
        Maps.transformValues(report.layers(), LoadReport::maxOverMean),
        withChoices
            ? Maps.transformValues(report.layers(), load -> load.choices().asList())
            : Map.of());
  }

  /** Returns the row of an evaluation. */
  static MetricsRow of(long step, Evaluation evaluation, long tokens, double seconds) {
    return new MetricsRow(
        Kind.EVALUATION,
        step,
        tokens,
        seconds,
        finite(evaluation.nats()),
        null,
        null,
        null,
        Map.of(),
        Maps.transformValues(evaluation.layers(), LoadReport::maxOverMean),
        Map.of());
  }

  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
