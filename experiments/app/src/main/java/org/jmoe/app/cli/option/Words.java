package org.jmoe.app.cli.option;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jmoe.training.config.keys.Nearest;

/** Constants of an enum as words of the command line: {@code all-to-one}. */
public final class Words {
  private Words() {}

  /** The enum constant that a word of the command line names. */
  public static <T extends Enum<T>> T of(Class<T> type, String word, String option) {
    List<String> known =
        Arrays.stream(type.getEnumConstants())
            .map(c -> c.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    if (!known.contains(word)) {
      throw new UsageException(
          "%s is '%s'%s".formatted(option, word, Nearest.question(word, known)));
    }
    return type.getEnumConstants()[known.indexOf(word)];
  }
}
