package org.jmoe.training.config.keys;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Suggests corrections for misspelled names. */
public final class Nearest {
  /**
   * Similarity from which a word counts as a misspelling; {@code trian} and {@code train}: 0.95.
   */
  private static final double MIN_SIMILARITY = 0.84;

  private static final double MIN_SIMILARITY_OF_SHORT_WORDS = 0.9; // up to 3 letters

  private static final int EDITED_FRACTION = 3; // a third of the letters may differ

  private Nearest() {}

  /** Returns the most similar known word, or empty if none is similar. */
  public static Optional<String> to(String word, Collection<String> known) {
    return known.stream()
        .filter(other -> isSimilar(plain(word), plain(other)))
        .max(
            Comparator.comparingDouble((String other) -> similarity(word, other))
                .thenComparing(Comparator.reverseOrder()));
  }

  /** Returns a message suffix such as {@code ; did you mean 'experts'?}, or an empty string. */
  public static String question(String word, Collection<String> known) {
    return to(word, known).map(near -> "; did you mean '" + near + "'?").orElse("");
  }

  private static boolean isSimilar(String a, String b) {
    int edits = LevenshteinDistance.getDefaultInstance().apply(a, b);
    return edits <= Math.max(a.length(), b.length()) / EDITED_FRACTION
        || similarity(a, b) >= (a.length() > 3 ? MIN_SIMILARITY : MIN_SIMILARITY_OF_SHORT_WORDS);
  }

  private static double similarity(String a, String b) {
    return new JaroWinklerSimilarity().apply(plain(a), plain(b));
  }

  /** {@code batch_size} and {@code batchSize} are one word. */
  static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }
}
