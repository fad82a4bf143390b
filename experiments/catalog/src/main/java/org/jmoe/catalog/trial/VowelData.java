package org.jmoe.catalog.trial;

import com.google.common.io.Resources;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jmoe.catalog.engine.Statistic;

/**
 * The vowels of Peterson and Barney (1952) classified by Jacobs et al. (1991): F1 and F2 of four
 * vowels of 75 speakers, each spoken twice; the resource names its source. Every third speaker is
 * in the test set, so both sets contain men, women and children. We do not know which 50 of the 75
 * speakers the authors trained on, nor which of the 76 they left out; here it is the last.
 *
 * @param formants (n, 2) F1 and F2, standardised by the training data
 * @param vowels (n) vowel, 0 to 3
 */
record VowelData(List<float[]> formants, ImmutableIntArray vowels) {
  static final int VOWELS = 4;

  private static final int SPEAKERS = 75;
  private static final List<String> NAMES = List.of("iy", "ih", "aa", "ah");

  private record Token(int speaker, int vowel, double f1, double f2) {}

  /** Returns the tokens of the 50 training speakers. */
  static VowelData training() {
    return of(s -> s % 3 != 0);
  }

  /** Returns the tokens of the 25 test speakers. */
  static VowelData test() {
    return of(s -> s % 3 == 0);
  }

  private static VowelData of(IntPredicate speakers) {
    List<Token> all = tokens();
    List<Token> training = all.stream().filter(t -> t.speaker() % 3 != 0).toList();
    Statistic first = new Statistic(training.stream().map(Token::f1).toList());
    Statistic second = new Statistic(training.stream().map(Token::f2).toList());
    List<Token> chosen = all.stream().filter(t -> speakers.test(t.speaker())).toList();
    return new VowelData(
        chosen.stream()
            .map(
                t ->
                    new float[] {
                      (float) ((t.f1() - first.mean()) / first.std()),
                      (float) ((t.f2() - second.mean()) / second.std())
                    })
            .toList(),
        ImmutableIntArray.copyOf(chosen.stream().mapToInt(Token::vowel)));
  }

  private static List<Token> tokens() {
    URL table = Resources.getResource(VowelData.class, "peterson-barney.tsv");
    List<Token> all = new ArrayList<>();
    try {
      for (String line : Resources.readLines(table, StandardCharsets.UTF_8)) {
        if (!line.startsWith("#") && !line.startsWith("speaker")) {
          String[] cells = line.split("\t", -1);
          Token token =
              new Token(
                  Integer.parseInt(cells[0]),
                  NAMES.indexOf(cells[2]),
                  Double.parseDouble(cells[3]),
                  Double.parseDouble(cells[4]));
          if (token.speaker() <= SPEAKERS) {
            all.add(token);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + table, e);
    }
    return all;
  }

  int size() {
    return vowels.length();
  }

  /** (n, 3) both formants and a constant 1. */
  float[] inputs() {
    float[] all = new float[3 * size()];
    for (int i = 0; i < size(); i++) {
      all[3 * i] = formants.get(i)[0];
      all[3 * i + 1] = formants.get(i)[1];
      all[3 * i + 2] = 1;
    }
    return all;
  }

  /** (n, 4) one-hot vowel. */
  float[] targets() {
    float[] all = new float[VOWELS * size()];
    for (int i = 0; i < size(); i++) {
      all[VOWELS * i + vowels.get(i)] = 1;
    }
    return all;
  }
}
