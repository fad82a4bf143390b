package org.jmoe.training.optimizer;

import com.google.common.base.Preconditions;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Optimizer settings for a group of parameters. If several groups match, the first applies.
 *
 * @param match regular expression searched in the parameter's path, such as {@code /router/}
 * @param rate learning-rate factor
 * @param decay weight-decay factor
 * @param frozen whether the parameters are not trained
 */
public record ParameterGroup(String match, double rate, double decay, boolean frozen) {
  /** Validates the settings. */
  public ParameterGroup {
    Preconditions.checkArgument(
        rate >= 0 && decay >= 0 && Double.isFinite(rate + decay),
        "rate = %s and decay = %s of group '%s' must be at least 0 and finite",
        rate,
        decay,
        match);
    requirePattern("match", match);
  }

  /** Checks that a setting is a regular expression. */
  static void requirePattern(String setting, String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "%s '%s' is not a valid regular expression: %s"
              .formatted(setting, pattern, e.getDescription()),
          e);
    }
  }

  /** Returns whether a parameter belongs to the group. */
  public boolean matches(String path) {
    return Pattern.compile(match).matcher(path).find();
  }
}
