package org.jmoe.analysis.intervention;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * Effect of an intervention on the loss of a domain, in nats per token.
 *
 * @param domain name of the domain; {@link #ALL} for all tokens
 * @param tokens number of evaluated tokens
 * @param sequences number of sequences that contain them
 * @param before mean loss without the intervention
 * @param after mean loss with it
 * @param margin half-width of the 95 % interval of the difference; NaN for a single sequence. The
 *     difference is a ratio of sums over sequences (Cochran 1977, Sampling Techniques, section
 *     6.4), since tokens of one sequence are not independent, with Student's t for {@code sequences
 *     - 1} degrees of freedom.
 */
public record DomainEffect(
    String domain, long tokens, int sequences, double before, double after, double margin) {
  /** Name of the effect on all tokens. */
  public static final String ALL = "all";

  private static final double UPPER_TAIL = 0.025;

  /** Returns the change of the loss. */
  public double difference() {
    return after - before;
  }

  /** Returns the effect on all tokens and then on each domain, in order of first appearance. */
  public static ImmutableList<DomainEffect> of(TokenLosses before, TokenLosses after) {
    Preconditions.checkArgument(
        before.sequences().size() == after.sequences().size(),
        "%s sequences cannot be compared with %s",
        before.sequences().size(),
        after.sequences().size());
    Map<String, List<double[]>> domains = new LinkedHashMap<>(); // tokens, before, after
    domains.put(ALL, new ArrayList<>());
    for (int s = 0; s < before.sequences().size(); s++) {
      sums(before.sequences().get(s), after.sequences().get(s))
          .forEach(
              (domain, sums) -> domains.computeIfAbsent(domain, d -> new ArrayList<>()).add(sums));
    }
    boolean several = domains.size() > 2; // one domain besides "all" says nothing more
    return domains.entrySet().stream()
        .filter(each -> several || each.getKey().equals(ALL))
        .map(each -> of(each.getKey(), each.getValue()))
        .collect(ImmutableList.toImmutableList());
  }

  private static Map<String, double[]> sums(
      TokenLosses.Sequence before, TokenLosses.Sequence after) {
    Map<String, double[]> sums = new LinkedHashMap<>();
    for (int t = 0; t < before.nats().length(); t++) {
      if (before.targets().get(t) >= 0) {
        for (String domain : List.of(ALL, before.domains().get(t))) {
          double[] sum = sums.computeIfAbsent(domain, d -> new double[3]);
          sum[0]++;
          sum[1] += before.nats().get(t);
          sum[2] += after.nats().get(t);
        }
      }
    }
    return sums;
  }

  private static DomainEffect of(String domain, List<double[]> sequences) {
    double tokens = sequences.stream().mapToDouble(s -> s[0]).sum();
    double before = sequences.stream().mapToDouble(s -> s[1]).sum() / tokens;
    double after = sequences.stream().mapToDouble(s -> s[2]).sum() / tokens;
    double difference = after - before;
    double squares = // of the residuals of the sequences' sums
        sequences.stream().mapToDouble(s -> s[2] - s[1] - difference * s[0]).map(r -> r * r).sum();
    int n = sequences.size();
    double margin =
        n < 2
            ? Double.NaN
            : TDistribution.of(n - 1.0).inverseSurvivalProbability(UPPER_TAIL)
                * Math.sqrt(squares * n / (n - 1.0))
                / tokens;
    return new DomainEffect(domain, Math.round(tokens), n, before, after, margin);
  }
}
