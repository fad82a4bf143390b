package org.jmoe.training.evaluation;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.List;
import org.jmoe.metrics.LoadReport;

/**
 * What a layer's router did over some batches.
 *
 * @param choices (E) how many tokens asked for each expert
 * @param kept (E) how many of them it served
 * @param meanProbability (E) over the real tokens
 * @param byDomain for each domain, (E) choices of its tokens
 * @param tokens routed, padding left out
 */
public record LayerLoad(
    ImmutableLongArray choices,
    ImmutableLongArray kept,
    ImmutableDoubleArray meanProbability,
    List<ImmutableLongArray> byDomain,
    long tokens) {

  /** Counts the choices of a layer. */
  public static LayerLoad of(
      long[] choices, long[] kept, double[] probs, long[][] byDomain, long tokens) {
    return new LayerLoad(
        ImmutableLongArray.copyOf(choices),
        ImmutableLongArray.copyOf(kept),
        ImmutableDoubleArray.copyOf(
            Arrays.stream(probs).map(p -> p / Math.max(1, tokens)).toArray()),
        Arrays.stream(byDomain)
            .map(ImmutableLongArray::copyOf)
            .collect(ImmutableList.toImmutableList()),
        tokens);
  }

  /** Number of experts E. */
  public int experts() {
    return choices.length();
  }

  /** Choices of all experts together. */
  public long total() {
    return choices.stream().sum();
  }

  /** Share of all choices that each expert got, (E), summing to 1. */
  public ImmutableDoubleArray share() {
    double total = Math.max(1, total());
    return ImmutableDoubleArray.copyOf(choices.stream().mapToDouble(c -> c / total).toArray());
  }

  /** Coefficient of variation of the load: population deviation over mean; 0 is balance. */
  public double cv() {
    return report().variation();
  }

  /** The busiest expert's load over the mean; 1 is balance. */
  public double maxOverMean() {
    return report().maxOverMean();
  }

  /** Share of choices that got no place. */
  public double droppedShare() {
    return report().droppedShare();
  }

  private LoadReport report() {
    return new LoadReport("", tokens, choices, kept, ImmutableLongArray.of());
  }
}
