package org.jmoe.catalog.trial;

import java.util.SplittableRandom;

/**
 * Data with hidden clusters (Chen et al. 2022, definition 3.1): a sample of cluster k and label y
 * has a patch {@code y alpha v_k} that encodes the label, a patch {@code beta c_k} that encodes the
 * cluster, a patch {@code e gamma v_k'} with the feature of another cluster and a random sign e,
 * and noise patches. The features v and c are the first 2 K unit vectors, since the models' initial
 * weights are rotationally symmetric. Held on the host.
 */
public final class ClusterData {
  /** K. */
  static final int CLUSTERS = 4;

  /** P. */
  static final int PATCHES = 4;

  /** d. */
  static final int WIDTH = 50;

  /** The paper's four settings: maximum gamma and standard deviation of the noise. */
  public enum Setting {
    ONE(1, 3, 1),
    TWO(2, 3, 2),
    THREE(3, 2, 1),
    FOUR(4, 2, 2);

    private final int number;
    private final double gamma;
    private final double noise;

    Setting(int number, double gamma, double noise) {
      this.number = number;
      this.gamma = gamma;
      this.noise = noise;
    }

    /** Number of clusters. */
    public int number() {
      return number;
    }
  }

  private final float[] inputs; // (N, P, d)
  private final float[] labels; // (N), -1 or 1
  private final int[] clusters; // (N)

  /** Draws N samples. */
  ClusterData(Setting setting, int samples, SplittableRandom random) {
    inputs = new float[samples * PATCHES * WIDTH];
    labels = new float[samples];
    clusters = new int[samples];
    for (int n = 0; n < samples; n++) {
      int k = random.nextInt(CLUSTERS);
      int other = (k + 1 + random.nextInt(CLUSTERS - 1)) % CLUSTERS;
      float y = random.nextBoolean() ? 1 : -1;
      float e = random.nextBoolean() ? 1 : -1;
      int patch = n * PATCHES * WIDTH;
      inputs[patch + k] = (float) (y * random.nextDouble(0.5, 2));
      inputs[patch + WIDTH + CLUSTERS + k] = (float) random.nextDouble(1, 2);
      inputs[patch + 2 * WIDTH + other] = (float) (e * random.nextDouble(0.5, setting.gamma));
      for (int i = 3 * WIDTH; i < PATCHES * WIDTH; i++) {
        inputs[patch + i] = (float) (random.nextGaussian() * setting.noise / Math.sqrt(WIDTH));
      }
      labels[n] = y;
      clusters[n] = k;
    }
  }

  int samples() {
    return labels.length;
  }

  float[] inputs() {
    return inputs;
  }

  float[] labels() {
    return labels;
  }

  /**
   * Returns the entropy of the cluster given the expert, in nats.
   *
   * @param experts (N) expert of each sample
   */
  double dispatchEntropy(long[] experts, int count) {
    return entropy(experts, clusters, count, CLUSTERS);
  }

  /** {@code - sum_e p(e) sum_k p(k|e) ln p(k|e)}. */
  static double entropy(long[] experts, int[] clusters, int expertCount, int clusterCount) {
    double[][] counts = new double[expertCount][clusterCount];
    double[] totals = new double[expertCount];
    for (int n = 0; n < experts.length; n++) {
      counts[(int) experts[n]][clusters[n]]++;
      totals[(int) experts[n]]++;
    }
    double entropy = 0;
    for (int e = 0; e < expertCount; e++) {
      for (double count : counts[e]) {
        entropy -= count == 0 ? 0 : count / experts.length * Math.log(count / totals[e]);
      }
    }
    return entropy;
  }

  /** Returns the accuracy in %: samples with their score on the side of 0 given by the label. */
  double accuracy(float[] scores) {
    int right = 0;
    for (int n = 0; n < labels.length; n++) {
      right += scores[n] * labels[n] > 0 ? 1 : 0;
    }
    return 100.0 * right / labels.length;
  }
}
