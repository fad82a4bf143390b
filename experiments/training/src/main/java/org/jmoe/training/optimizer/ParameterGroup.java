package org.jmoe.training.optimizer;

import com.google.common.base.Preconditions;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * How some parameters are trained; of several groups the first that matches counts.
 *
 * @param match regular expression found in the parameter's path, such as {@code /router/}
 * @param rate factor on the learning rate
 * @param decay factor on the weight decay
 * @param frozen whether they stay as they are
 */
public record ParameterGroup(String match, double rate, double decay, boolean frozen) {
  /** Checks the expression and the factors. */
  public ParameterGroup {
    Preconditions.checkArgument(
        rate >= 0 && decay >= 0 && Double.isFinite(rate + decay),
        "rate = %s and decay = %s of group '%s' must be at least 0 and finite",
        rate,
        decay,
        match);
    try {
      Pattern.compile(match);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "match '" + match + "' is no regular expression: " + e.getDescription(), e);
    }
  }

  /** Whether a parameter belongs to the group. */
  public boolean matches(String path) {
    return Pattern.compile(match).matcher(path).find();
  }
}
