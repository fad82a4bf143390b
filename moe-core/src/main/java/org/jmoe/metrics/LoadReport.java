package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.RoutingSignals;

/**
 * How much each expert of a layer had to do: host numbers, safe to keep.
 *
 * @param layer its path
 * @param tokens routed, padding left out
 * @param asked (E) how many tokens asked for each expert
 * @param kept (E) how many of them it served
 * @param expertsPerToken how many tokens were served by 0, 1, 2, .. experts
 */
public record LoadReport(
    String layer,
    long tokens,
    ImmutableLongArray asked,
    ImmutableLongArray kept,
    ImmutableLongArray expertsPerToken) {

  /** Counts one batch. */
  public static LoadReport of(String layer, RoutingSignals signals) {
    int experts = signals.experts();
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    long[] choices = signals.choices().toLongArray(); // (T * K)
    boolean[] served = signals.kept().toBooleanArray(); // (T * K)
    NDArray padding = signals.padding(); // (T)
    boolean[] out = padding == null ? new boolean[0] : padding.toBooleanArray();
    long[] asked = new long[experts];
    long[] kept = new long[experts];
    long[] perToken = new long[k + 1];
    long tokens = 0;
    for (int t = 0; t < choices.length / k; t++) {
      int count = 0;
      for (int i = t * k; i < (t + 1) * k; i++) {
        int expert = (int) choices[i];
        if (expert >= 0) {
          asked[expert]++;
          kept[expert] += served[i] ? 1 : 0;
          count += served[i] ? 1 : 0;
        }
      }
      if (out.length == 0 || !out[t]) {
        perToken[count]++;
        tokens++;
      }
    }
    return new LoadReport(
        layer,
        tokens,
        ImmutableLongArray.copyOf(asked),
        ImmutableLongArray.copyOf(kept),
        ImmutableLongArray.copyOf(perToken));
  }

  /**
   * Both together, such as the batches of a whole evaluation: what global measures are taken of.
   */
  public LoadReport plus(LoadReport other) {
    Preconditions.checkArgument(
        layer.equals(other.layer), "the loads of %s and %s do not add", layer, other.layer);
    return new LoadReport(
        layer,
        tokens + other.tokens,
        sum(asked, other.asked),
        sum(kept, other.kept),
        sum(expertsPerToken, other.expertsPerToken));
  }

  private static ImmutableLongArray sum(ImmutableLongArray a, ImmutableLongArray b) {
    Preconditions.checkArgument(
        a.length() == b.length(), "%s and %s numbers do not add", a.length(), b.length());
    ImmutableLongArray.Builder all = ImmutableLongArray.builder(a.length());
    for (int i = 0; i < a.length(); i++) {
      all.add(a.get(i) + b.get(i));
    }
    return all.build();
  }

  /** Number of experts E. */
  public int experts() {
    return asked.length();
  }

  /** Choices of all experts together. */
  public long total() {
    return asked.stream().sum();
  }

  /** Population deviation of the load over its mean; 0 is balance. */
  public double variation() {
    double mean = (double) total() / experts();
    double square = asked.stream().mapToDouble(c -> (c - mean) * (c - mean)).sum() / experts();
    return mean == 0 ? 0 : Math.sqrt(square) / mean;
  }

  /** The busiest expert's load over the mean; 1 is balance. */
  public double maxOverMean() {
    long most = asked.stream().max().orElse(0);
    return total() == 0 ? 1 : (double) most * experts() / total();
  }

  /**
   * The largest violation of balance, {@code max / mean - 1} (Wang et al. 2024, section 4.1): of
   * one batch MaxVio_batch, of the sum of many MaxVio_global.
   */
  public double maxViolation() {
    return maxOverMean() - 1;
  }

  /** Share of choices that got no place. */
  public double droppedShare() {
    return total() == 0 ? 0 : 1 - (double) kept.stream().sum() / total();
  }

  /** Experts that no token asked for. */
  public long deadExperts() {
    return asked.stream().filter(count -> count == 0).count();
  }

  /** Share of tokens that at least so many experts served. */
  public double servedByAtLeast(int count) {
    long served = 0;
    for (int n = count; n < expertsPerToken.length(); n++) {
      served += expertsPerToken.get(n);
    }
    return tokens == 0 ? 0 : (double) served / tokens;
  }
}
