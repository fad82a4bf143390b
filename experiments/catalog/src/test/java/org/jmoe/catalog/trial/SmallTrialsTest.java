package org.jmoe.catalog.trial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableIntArray;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.extension.Extensions;
import org.junit.jupiter.api.Test;

/** Small versions of trials with custom models. */
final class SmallTrialsTest {
  private static final Path NOWHERE = Path.of("unused");

  private static double measure(Outcome outcome, String name) {
    return Objects.requireNonNull(outcome.measures().get(name));
  }

  private static Outcome clusters(int experts, int filters) {
    return new ClusterTrial(
            ClusterData.Setting.THREE,
            1000,
            new ClusterTrial.Experts(experts, filters, true, 0.1),
            new ClusterTrial.Descent(150, 0.01, 1))
        .run(1, NOWHERE, Extensions.load(), TrialListener.none());
  }

  @Test
  void expertsLearnPlantedClustersUnlikeASingleExpert() {
    Outcome mixture = clusters(8, 4);
    Outcome single = clusters(1, 32);
    assertTrue(measure(mixture, ClusterTrial.ACCURACY) > 90, mixture.measures().toString());
    assertTrue(measure(mixture, ClusterTrial.ENTROPY) < 0.3, mixture.measures().toString());
    assertTrue(measure(single, ClusterTrial.ACCURACY) < 88, single.measures().toString());
    assertEquals(mixture.measures(), clusters(8, 4).measures());
  }

  @Test
  void clusterDataMatchesDefinition() {
    ClusterData data = new ClusterData(ClusterData.Setting.ONE, 500, new SplittableRandom(1));
    int patches = ClusterData.PATCHES;
    int width = ClusterData.WIDTH;
    float[] x = data.inputs();
    for (int n = 0; n < 500; n++) {
      int from = n * patches * width;
      int label = only(x, from, width);
      int centre = only(x, from + width, width);
      int other = only(x, from + 2 * width, width);
      assertEquals(label + ClusterData.CLUSTERS, centre);
      assertTrue(other != label && other < ClusterData.CLUSTERS);
      assertEquals(data.labels()[n], Math.signum(x[from + label]));
      float size = Math.abs(x[from + 2 * width + other]);
      assertTrue(size >= 0.5 && size < 3);
    }
  }

  /** Returns the index of the single non-zero element. */
  private static int only(float[] x, int from, int width) {
    int found = -1;
    for (int i = 0; i < width; i++) {
      if (x[from + i] != 0) {
        assertEquals(-1, found);
        found = i;
      }
    }
    return found;
  }

  @Test
  void vowelDataMatchesPublishedTable() {
    VowelData training = VowelData.training();
    VowelData test = VowelData.test();
    assertEquals(50 * 4 * 2, training.size());
    assertEquals(25 * 4 * 2, test.size());
    double[] sums = new double[2];
    for (float[] formants : training.formants()) {
      sums[0] += formants[0];
      sums[1] += formants[1];
    }
    assertArrayEquals(new double[] {0, 0}, sums, 1e-3);
    // On average [i] has the highest F2 of the four and [a] the highest F1.
    assertEquals(0, highest(training, 1));
    assertEquals(2, highest(training, 0));
  }

  private static int highest(VowelData data, int formant) {
    double[] sums = new double[VowelData.VOWELS];
    for (int i = 0; i < data.size(); i++) {
      sums[data.vowels().get(i)] += data.formants().get(i)[formant];
    }
    int best = 0;
    for (int v = 1; v < sums.length; v++) {
      best = sums[v] > sums[best] ? v : best;
    }
    return best;
  }

  @Test
  void expertsLearnVowels() {
    Map<String, Double> measures =
        new VowelTrial(true, 4, 8, 3, 400)
            .run(1, NOWHERE, Extensions.load(), TrialListener.none())
            .measures();
    assertEquals(0.0, measures.get(VowelTrial.FAILED));
    assertTrue(Objects.requireNonNull(measures.get(VowelTrial.TRAINING)) > 80);
    assertTrue(Objects.requireNonNull(measures.get(VowelTrial.EPOCHS)) < 400);
  }

  @Test
  void vowelScoresMatchHandComputation() {
    VowelData two = new VowelData(List.of(new float[2], new float[2]), ImmutableIntArray.of(0, 3));
    // The second of two simulations: a correct 0.5 against zeros, a wrong 1 for vowel 1.
    float[] outputs = {0, 0, 0, 0, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0, 1, 0, 0};
    assertEquals((0.25 + 2) / 8, VowelTrial.Scores.error(outputs, 1, two), 1e-9);
    assertEquals(50, VowelTrial.Scores.accuracy(outputs, 1, two), 1e-9);
  }
}
