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

  /** Returns a report without balance losses, gradient norm, learning rate and loads. */
  public static StepReport of(long step, long tokens, double nats) {
    return new StepReport(step, nats, Map.of(), Double.NaN, Double.NaN, tokens, Map.of(), Map.of());
  }

  /** Returns the report of a skipped step, with NaN loss and gradient norm. */
  static StepReport skipped(long step, double rate, long tokens) {
    return of(step, tokens, Double.NaN).withUpdate(Double.NaN, rate);
  }

  /** Returns a copy with balance losses. */
  public StepReport withPenalties(Map<String, Double> weighted) {
    return new StepReport(step, nats, weighted, gradientNorm, rate, tokens, layers, movedBytes);
  }

  /** Returns a copy with the gradient norm and learning rate of the update. */
  public StepReport withUpdate(double norm, double learningRate) {
    return new StepReport(step, nats, penalties, norm, learningRate, tokens, layers, movedBytes);
  }

  /** Returns a copy with the load of each MoE layer. */
  public StepReport withLayers(Map<String, LoadReport> loads) {
    return new StepReport(step, nats, penalties, gradientNorm, rate, tokens, loads, movedBytes);
  }

  /** Returns a copy with the bytes copied between devices. */
  public StepReport withMovedBytes(Map<String, Long> bytes) {
    return new StepReport(step, nats, penalties, gradientNorm, rate, tokens, layers, bytes);
  }
}
