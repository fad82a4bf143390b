package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * Training and validation data of a run.
 *
 * @param source source of the tokens
 * @param validation fraction held out, if the data do not mark held-out rows themselves
 * @param mix share of each domain in the training tokens, by the names of domains; shares need not
 *     sum to 1, and domains without one are not trained on; empty for all data in equal proportion
 */
public record DataSpec(CorpusSource source, double validation, Map<String, Double> mix) {
  /** Creates a spec that trains on all data in equal proportion. */
  public DataSpec(CorpusSource source, double validation) {
    this(source, validation, ImmutableMap.of());
  }

  /** Validates the numbers. */
  public DataSpec {
    Preconditions.checkArgument(
        validation > 0 && validation < 1, "validation must be between 0 and 1, not %s", validation);
    mix = ImmutableMap.copyOf(mix);
    mix.forEach(
        (domain, share) ->
            Preconditions.checkArgument(
                share > 0 && Double.isFinite(share),
                "the share of %s in mix must be above 0 and finite, not %s",
                domain,
                share));
  }
}
