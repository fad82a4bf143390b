package org.jmoe.catalog.trial;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.StepReport;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.Summary;

/** Measures derived from the files of a finished run, by the names used in experiments. */
public final class RunMeasures {
  /** Held-out nats per token. */
  public static final String NATS = "nats";

  /** Held-out perplexity per token, e to the nats. */
  public static final String PERPLEXITY = "perplexity";

  /** Held-out max/mean of the load minus one, MaxVio_global of Wang et al. 2024. */
  public static final String MAX_VIOLATION = "maxViolation";

  /** Coefficient of variation of the held-out load, averaged over layers. */
  public static final String CV = "cv";

  /** Held-out max/mean load, averaged over layers. */
  public static final String MAX_OVER_MEAN = "maxOverMean";

  /** Fraction of choices dropped in the second half of training, averaged over layers. */
  public static final String DROPPED = "dropped";

  /**
   * Mutual information of expert and domain, normalised and averaged over layers; see {@link
   * #specialisation}.
   */
  public static final String SPECIALISATION = "specialisation";

  /** Fraction of experts with less than a tenth of their fair share of held-out choices. */
  public static final String IDLE = "idle";

  /** Training throughput in tokens/s of a fast step; see {@link RunClock}. */
  public static final String SPEED = "tokensPerSecond";

  /** Number of parameters. */
  public static final String PARAMETERS = "parameters";

  /** Active parameters per token. */
  public static final String ACTIVE = "activeParameters";

  /** Maximum rise of the training loss above its running minimum, in nats. */
  public static final String SPIKE = "spike";

  /** 1 if the run stopped at a non-finite loss, else 0. */
  public static final String DIVERGED = "diverged";

  private static final double IDLE_SHARE = 0.1;
  private static final int SMOOTH = 10;

  private final RunConfig config;
  private final Summary summary;
  private final RunRecorder record;
  private final RunClock clock;

  RunMeasures(RunConfig config, Summary summary, RunRecorder record, RunClock clock) {
    this.config = config;
    this.summary = summary;
    this.record = record;
    this.clock = clock;
  }

  /** Returns the measures of a run that stopped at a non-finite loss. */
  static Outcome diverged() {
    Map<String, Double> all = new LinkedHashMap<>();
    for (String name :
        List.of(
            NATS,
            PERPLEXITY,
            CV,
            MAX_VIOLATION,
            MAX_OVER_MEAN,
            DROPPED,
            SPECIALISATION,
            IDLE,
            SPEED,
            SPIKE)) {
      all.put(name, Double.NaN);
    }
    all.put(DIVERGED, 1.0);
    return Outcome.of(all);
  }

  Map<String, Double> numbers() {
    Map<String, Double> all = new LinkedHashMap<>();
    all.put(NATS, summary.validationNats());
    all.put(PERPLEXITY, Math.exp(summary.validationNats()));
    all.put(PARAMETERS, (double) summary.totalParameters());
    all.put(ACTIVE, (double) summary.activeParameters());
    all.put(SPEED, clock.tokensPerSecond());
    all.put(SPIKE, spike(record.steps()));
    all.put(DIVERGED, 0.0);
    if (!summary.layers().isEmpty()) {
      all.put(CV, mean(LayerSummary::cv));
      all.put(MAX_OVER_MEAN, mean(LayerSummary::maxOverMean));
      all.put(MAX_VIOLATION, mean(LayerSummary::maxOverMean) - 1);
      all.put(IDLE, mean(RunMeasures::idle));
      all.put(
          SPECIALISATION,
          summary.layers().stream()
              .filter(l -> !l.domains().isEmpty())
              .mapToDouble(l -> specialisation(List.copyOf(l.domains().values())))
              .average()
              .orElse(0));
      all.put(DROPPED, dropped());
    }
    return all;
  }

  private double mean(ToDoubleFunction<LayerSummary> measure) {
    return summary.layers().stream().mapToDouble(measure).average().orElse(0);
  }

  private static double idle(LayerSummary layer) {
    int experts = layer.load().size();
    return layer.load().stream().filter(s -> s * experts < IDLE_SHARE).count() / (double) experts;
  }

  /**
   * Returns the mutual information of expert and domain divided by its maximum, {@code ln min(E,
   * domains)}, with equal weight per domain: 0 if all domains use the experts alike, 1 if they use
   * disjoint experts.
   *
   * @param domains per domain, (E) fraction of its tokens' choices per expert
   */
  static double specialisation(List<List<Double>> domains) {
    if (domains.size() < 2) {
      return 0;
    }
    int experts = domains.get(0).size();
    double information = 0;
    for (int e = 0; e < experts; e++) {
      int expert = e;
      double share = domains.stream().mapToDouble(d -> d.get(expert)).average().orElse(0);
      for (List<Double> domain : domains) {
        double p = domain.get(e);
        information += p > 0 ? p * Math.log(p / share) / domains.size() : 0;
      }
    }
    return information / Math.log(Math.min(experts, domains.size()));
  }

  private double dropped() {
    List<StepReport> steps =
        record.steps().stream()
            .filter(s -> s.step() >= config.training().steps() / 2 && !s.layers().isEmpty())
            .toList();
    return steps.stream().mapToDouble(RunMeasures::dropped).average().orElse(0);
  }

  private static double dropped(StepReport step) {
    return step.layers().values().stream()
        .mapToDouble(LoadReport::droppedShare)
        .average()
        .orElse(0);
  }

  /** Returns the maximum rise of the ten-step mean above its running minimum. */
  static double spike(List<StepReport> steps) {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int from = 0; from + SMOOTH <= steps.size(); from += SMOOTH) {
      double mean =
          steps.subList(from, from + SMOOTH).stream()
              .mapToDouble(StepReport::nats)
              .average()
              .orElseThrow();
      most = Math.max(most, mean - least);
      least = Math.min(least, mean);
    }
    return most;
  }
}
