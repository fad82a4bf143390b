package org.jmoe.catalog.engine;

import java.util.List;

/** Whether a published result came out again. */
public enum Verdict {
  /** Every claim that counts holds. */
  REPRODUCED("reproduced"),
  /** Some hold, some do not. */
  PARTLY("partly reproduced"),
  /** None holds. */
  NOT_REPRODUCED("not reproduced"),
  /** There is nothing published to hold it against. */
  FINDING("a finding: nothing published to hold it against"),
  /** It was too short to say. */
  QUICK("none: a quick run only shows that everything works");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /** In words. */
  public String words() {
    return words;
  }

  /** What the checks amount to. */
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
