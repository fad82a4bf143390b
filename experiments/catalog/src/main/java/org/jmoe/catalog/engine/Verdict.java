package org.jmoe.catalog.engine;

import java.util.List;

/** Overall result of a reproduction. */
public enum Verdict {
  /** Every gating claim holds. */
  REPRODUCED("reproduced"),
  /** Some gating claims hold, some do not. */
  PARTLY("partly reproduced"),
  /** No gating claim holds. */
  NOT_REPRODUCED("not reproduced"),
  /** There is no published result to compare with. */
  FINDING("a finding: no published result to compare with"),
  /** The run was too short for a verdict. */
  QUICK("none: a quick run is only a smoke test");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /** Returns the verdict in words. */
  public String words() {
    return words;
  }

  /** Summarises the checks. */
  public static Verdict of(List<Check> checks, Budget budget) {
    List<Check> counting = checks.stream().filter(Check::gates).toList();
    if (budget.quick()) {
      return QUICK;
    } else if (counting.isEmpty()) {
      return FINDING;
    } else if (counting.stream().allMatch(Check::holds)) {
      return REPRODUCED;
    }
    return counting.stream().noneMatch(Check::holds) ? NOT_REPRODUCED : PARTLY;
  }
}
