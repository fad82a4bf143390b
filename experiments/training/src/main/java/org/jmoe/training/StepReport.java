package org.jmoe.training;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.jmoe.metrics.LoadReport;

/**
 * What one optimizer step did.
 *
 * @param step counted from 0
 * @param nats mean cross-entropy of a token
 * @param penalties each balance loss times its coefficient, by name
 * @param gradientNorm before clipping
 * @param rate learning rate; a parameter group's is a multiple of it
 * @param tokens of the step
 * @param layers what each MoE layer's router did, by the layer's path
 * @param movedBytes what the forward passes sent from device to device, by the path of the experts;
 *     the backward passes send as much again
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
  /** Copies the maps. */
  public StepReport {
    penalties = ImmutableMap.copyOf(penalties);
    layers = ImmutableMap.copyOf(layers);
    movedBytes = ImmutableMap.copyOf(movedBytes);
  }

  /** On one device. */
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

  /** A step that changed nothing; its numbers are NaN. */
  static StepReport skipped(long step, double rate, long tokens) {
    return new StepReport(step, Double.NaN, Map.of(), Double.NaN, rate, tokens, Map.of());
  }
}
