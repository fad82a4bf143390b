package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import org.jmoe.layer.RoutingSignals;

/**
 * Load of the experts of a layer over one or more batches, as host numbers.
 *
 * @param layer path of the layer
 * @param tokens routed, without padding
 * @param choices (E) number of tokens that chose each expert
 * @param kept (E) number of those within its capacity
 * @param expertsPerToken number of tokens served by 0, 1, 2, ... experts; empty if not counted
 * @param meanProbability (E) mean routing probability; empty if not measured
 * @param byDomain per domain, (E) choices of its tokens; empty if domains are unknown
 */
public record LoadReport(
    String layer,
    long tokens,
    ImmutableLongArray choices,
    ImmutableLongArray kept,
    ImmutableLongArray expertsPerToken,
    ImmutableDoubleArray meanProbability,
    ImmutableList<ImmutableLongArray> byDomain) {

  /** Creates a report without probabilities and domains. */
  public LoadReport(
      String layer,
      long tokens,
      ImmutableLongArray choices,
      ImmutableLongArray kept,
      ImmutableLongArray expertsPerToken) {
    this(
        layer,
        tokens,
        choices,
        kept,
        expertsPerToken,
        ImmutableDoubleArray.of(),
        ImmutableList.of());
  }

  /** Counts one batch, without probabilities and domains. */
  public static LoadReport of(String layer, RoutingSignals signals) {
    int experts = signals.experts();
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    long[] chosen = signals.choices().toLongArray(); // (T * K)
    boolean[] served = signals.kept().toBooleanArray(); // (T * K)
    NDArray padding = signals.padding(); // (T)
    boolean[] out = padding == null ? new boolean[0] : padding.toBooleanArray();
    long[] choices = new long[experts];
    long[] kept = new long[experts];
    long[] perToken = new long[k + 1];
    long tokens = 0;
    for (int t = 0; t < chosen.length / k; t++) {
      int count = 0;
      for (int i = t * k; i < (t + 1) * k; i++) {
        int expert = (int) chosen[i];
        if (expert >= 0) {
          choices[expert]++;
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
        ImmutableLongArray.copyOf(choices),
        ImmutableLongArray.copyOf(kept),
        ImmutableLongArray.copyOf(perToken));
  }

  /** Returns a copy with the mean routing probability of each expert, (E). */
  public LoadReport withMeanProbability(ImmutableDoubleArray mean) {
    return new LoadReport(layer, tokens, choices, kept, expertsPerToken, mean, byDomain);
  }

  /** Returns a copy with the choices per domain, (E) each. */
  public LoadReport withDomains(List<ImmutableLongArray> domains) {
    return new LoadReport(
        layer,
        tokens,
        choices,
        kept,
        expertsPerToken,
        meanProbability,
        ImmutableList.copyOf(domains));
  }

  /**
   * Adds two reports, for example of all batches of an evaluation. Probabilities and domains are
   * left out.
   */
  public LoadReport plus(LoadReport other) {
    Preconditions.checkArgument(
        layer.equals(other.layer),
        "cannot add loads of different layers: %s and %s",
        layer,
        other.layer);
    return new LoadReport(
        layer,
        tokens + other.tokens,
        sum(choices, other.choices),
        sum(kept, other.kept),
        sum(expertsPerToken, other.expertsPerToken));
  }

  private static ImmutableLongArray sum(ImmutableLongArray a, ImmutableLongArray b) {
    Preconditions.checkArgument(
        a.length() == b.length(), "cannot add loads of %s and %s experts", a.length(), b.length());
    ImmutableLongArray.Builder all = ImmutableLongArray.builder(a.length());
    for (int i = 0; i < a.length(); i++) {
      all.add(a.get(i) + b.get(i));
    }
    return all.build();
  }

  /** Returns the number of experts E. */
  public int experts() {
    return choices.length();
  }

  /** Returns the number of choices over all experts. */
  public long total() {
    return choices.stream().sum();
  }

  /** Returns the share of all choices per expert (E), summing to 1; zeros if nothing was routed. */
  public ImmutableDoubleArray share() {
    double total = Math.max(1, total());
    return ImmutableDoubleArray.copyOf(choices.stream().mapToDouble(c -> c / total));
  }

  /**
   * Returns the coefficient of variation: population standard deviation over mean; 0 if balanced.
   */
  public double variation() {
    double mean = (double) total() / experts();
    double square = choices.stream().mapToDouble(c -> (c - mean) * (c - mean)).sum() / experts();
    return mean == 0 ? 0 : Math.sqrt(square) / mean;
  }

  /** Returns the maximum load over the mean load; 1 if balanced. */
  public double maxOverMean() {
    long most = choices.stream().max().orElse(0);
    return total() == 0 ? 1 : (double) most * experts() / total();
  }

  /**
   * Returns the maximal violation {@code max / mean - 1} (Wang et al. 2024, section 4.1):
   * MaxVio_batch for one batch, MaxVio_global for the sum over many.
   */
  public double maxViolation() {
    return maxOverMean() - 1;
  }

  /** Returns the share of choices dropped by the capacity. */
  public double droppedShare() {
    return total() == 0 ? 0 : 1 - (double) kept.stream().sum() / total();
  }

  /** Returns the number of experts that no token chose. */
  public long deadExperts() {
    return choices.stream().filter(count -> count == 0).count();
  }

  /** Returns the share of tokens served by at least {@code count} experts. */
  public double servedByAtLeast(int count) {
    long served = 0;
    for (int n = count; n < expertsPerToken.length(); n++) {
      served += expertsPerToken.get(n);
    }
    return tokens == 0 ? 0 : (double) served / tokens;
  }
}
