package org.jmoe.training.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what somebody most likely meant. */
public final class Nearest {
  private Nearest() {}

  /** The known word that is fewest edits away, or empty where there is none. */
  public static Optional<String> to(String word, Collection<String> known) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    return known.stream()
        .min(
            Comparator.comparingInt((String k) -> distance.apply(word, k))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** A question to end a sentence with: {@code ; did you mean 'experts'?}, or nothing. */
  public static String question(String word, Collection<String> known) {
    return to(word, known).map(k -> "; did you mean '" + k + "'?").orElse("");
  }
}
