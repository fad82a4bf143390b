package org.jmoe.transformer;

import com.google.common.base.Preconditions;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Sampling of the next token from logits.
 *
 * @param temperature divides the logits; 0 for greedy decoding
 * @param topK samples only from the k most likely tokens; 0 for all
 * @param topP samples only from the smallest set of tokens with total probability at least p
 *     (Holtzman et al. 2020); 1 for all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens already in the
 *     text (Keskar et al. 2019); 1 for none
 */
public record Sampling(double temperature, int topK, double topP, double repetitionPenalty) {
  /** Checks the values. */
  public Sampling {
    Preconditions.checkArgument(
        temperature >= 0 && Double.isFinite(temperature),
        "temperature must be at least 0, not %s",
        temperature);
    Preconditions.checkArgument(topK >= 0, "top-k must be at least 0, not %s", topK);
    Preconditions.checkArgument(
        topP > 0 && topP <= 1, "top-p must be above 0 and at most 1, not %s", topP);
    Preconditions.checkArgument(
        repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
        "repetition penalty must be above 0 and finite, not %s",
        repetitionPenalty);
  }

  /** Returns greedy decoding. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 1);
  }

  /**
   * Samples a token.
   *
   * @param logits (V)
   * @param before tokens of the text so far
   */
  public int choose(float[] logits, Collection<Integer> before, SplittableRandom random) {
    double[] scores = new double[logits.length];
    Arrays.setAll(scores, i -> logits[i]);
    for (int token : before.stream().distinct().toList()) {
      scores[token] =
          scores[token] > 0 ? scores[token] / repetitionPenalty : scores[token] * repetitionPenalty;
    }
    int[] ranked =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    return temperature == 0 ? ranked[0] : draw(scores, ranked, random);
  }

  private int draw(double[] scores, int[] ranked, SplittableRandom random) {
    int count = topK == 0 ? ranked.length : Math.min(topK, ranked.length);
    double[] weights = new double[count];
    Arrays.setAll(weights, i -> Math.exp((scores[ranked[i]] - scores[ranked[0]]) / temperature));
    double total = Arrays.stream(weights).sum();
    double kept = 0;
    int last = 0;
    while (last < count && kept < topP * total) {
      kept += weights[last++];
    }
    double at = random.nextDouble() * kept;
    int chosen = 0;
    while (chosen < last - 1 && at >= weights[chosen]) {
      at -= weights[chosen++];
    }
    return ranked[chosen];
  }
}
