package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Outcomes of all trials of an experiment.
 *
 * @param outcomes by arm, then by seed; every arm has every seed
 */
public record Results(Map<String, Map<Long, Outcome>> outcomes) {
  /** Checks that all arms have the same seeds, so that they can be paired. */
  public Results {
    outcomes =
        outcomes.entrySet().stream()
            .collect(
                ImmutableMap.toImmutableMap(
                    Map.Entry::getKey, e -> ImmutableMap.copyOf(e.getValue())));
    Preconditions.checkArgument(
        outcomes.values().stream().map(Map::keySet).distinct().count() <= 1,
        "all arms must have the same seeds");
  }

  /** Returns the seeds in order. */
  public List<Long> seeds() {
    return outcomes.values().stream()
        .findFirst()
        .map(m -> m.keySet().stream().sorted().toList())
        .orElse(List.of());
  }

  /** Returns the arms in order. */
  public List<String> arms() {
    return ImmutableList.copyOf(outcomes.keySet());
  }

  /** Returns the outcome of one trial. */
  public Outcome outcome(String arm, long seed) {
    Map<Long, Outcome> found = outcomes.get(arm);
    Preconditions.checkArgument(found != null, "no arm '%s' among %s", arm, outcomes.keySet());
    return Objects.requireNonNull(
        found.get(seed), () -> "no seed " + seed + " of arm '" + arm + "'");
  }

  /** Returns a measure of one trial. */
  public double value(String arm, long seed, String measure) {
    Double value = outcome(arm, seed).measures().get(measure);
    Preconditions.checkArgument(value != null, "arm '%s' has no measure '%s'", arm, measure);
    return value;
  }

  /** Returns whether an arm has a measure. */
  public boolean has(String arm, String measure) {
    return seeds().stream().allMatch(s -> outcome(arm, s).measures().containsKey(measure));
  }

  /** Returns a measure of an arm over the seeds. */
  public Statistic of(String arm, String measure) {
    return over(seed -> value(arm, seed, measure));
  }

  /** Returns the difference of a measure between two arms, paired by seed. */
  public Statistic difference(String arm, String other, String measure) {
    return over(seed -> value(arm, seed, measure) - value(other, seed, measure));
  }

  /** Returns the statistic of a function of the seed. */
  public Statistic over(ToDoubleFunction<Long> ofSeed) {
    return new Statistic(seeds().stream().map(ofSeed::applyAsDouble).toList());
  }
}
