package org.jmoe.training;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jmoe.metrics.LoadReport;

/**
 * Results of one optimizer step.
 *
 * @param step zero-based step
 * @param nats mean cross-entropy per token
 * @param penalties weighted balance losses, by name
 * @param gradientNorm global gradient norm before clipping
 * @param rate learning rate; parameter groups use multiples of it
 * @param tokens number of tokens in the step
 * @param layers load of each MoE layer, by layer path
 * @param movedBytes bytes copied between devices in the forward passes, by path of the experts; the
 *     backward passes copy the same amount
 */
public record StepReport(
    long step,
    double nats,
    Map<String, Double> penalties,
    double gradientNorm,
    double rate,
    long tokens,
    Map<String, LoadReport> layers,
    Map<String, Long> movedBytes) {
  /** Makes defensive copies. */
  public StepReport {
    penalties = ImmutableMap.copyOf(penalties);
    layers = ImmutableMap.copyOf(layers);
    movedBytes = ImmutableMap.copyOf(movedBytes);
  }

  /** Creates a report of a step on one device. */
  public StepReport(
      long step,
      double nats,
      Map<String, Double> penalties,
      double gradientNorm,
      double rate,
      long tokens,
      Map<String, LoadReport> layers) {
    this(step, nats, penalties, gradientNorm, rate, tokens, layers, Map.of());
  }

  /** Returns the report of a skipped step, with NaN loss and gradient norm. */
  static StepReport skipped(long step, double rate, long tokens) {
    return new StepReport(step, Double.NaN, Map.of(), Double.NaN, rate, tokens, Map.of());
  }
}
