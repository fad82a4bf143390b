package org.jmoe.data.corpus;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A first-order Markov chain whose transition probabilities are a softmax of scaled Gaussian noise.
 */
public final class MarkovChain {
  private final int vocabulary;
  private final double[] cumulative; // (vocabulary, vocabulary), cumulative probabilities per row

  MarkovChain(int vocabulary, double sharpness, SplittableRandom random) {
    this.vocabulary = vocabulary;
    this.cumulative = new double[vocabulary * vocabulary];
    for (int from = 0; from < vocabulary; from++) {
      double sum = 0;
      for (int to = 0; to < vocabulary; to++) {
        sum += Math.exp(sharpness * random.nextGaussian());
        cumulative[from * vocabulary + to] = sum;
      }
      for (int to = 0; to < vocabulary; to++) {
        cumulative[from * vocabulary + to] /= sum;
      }
    }
  }

  /** Returns the probability that {@code to} follows {@code from}. */
  public double probability(int from, int to) {
    int at = from * vocabulary + to;
    return to == 0 ? cumulative[at] : cumulative[at] - cumulative[at - 1];
  }

  /** Samples a successor. */
  int next(int from, SplittableRandom random) {
    int start = from * vocabulary;
    int found = Arrays.binarySearch(cumulative, start, start + vocabulary, random.nextDouble());
    int to = found >= 0 ? found + 1 : -found - 1;
    return Math.min(to - start, vocabulary - 1);
  }

  /** Samples a sequence with a uniformly distributed first token. */
  int[] walk(int length, SplittableRandom random) {
    int[] tokens = new int[length];
    tokens[0] = random.nextInt(vocabulary);
    for (int i = 1; i < length; i++) {
      tokens[i] = next(tokens[i - 1], random);
    }
    return tokens;
  }
}
