package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jmoe.training.evaluation.Evaluation;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory does not grow over ten thousand steps. */
@Tag("soak")
final class SoakTest {
  private static final int STEPS = 10_000;
  private static final int WARM = 3_000;
  private static final int EACH = 250;

  @TempDir Path folder = Path.of("");

  @Test
  void memoryIsFlat() {
    Assumptions.assumeTrue(NativeHeap.isKnown(), "skipped: needs glibc 2.33 or later");
    String[] changes = {
      "training.steps=" + STEPS,
      "training.batch=2",
      "training.evaluateEvery=1000",
      "model.dropout=0.1",
      "model.moe.router.capacity.trainFactor=1"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      Samples samples = new Samples(tiny);
      assertEquals(STEPS, tiny.train(samples));
      assertEquals(1, samples.arrays.size(), () -> "array counts: " + samples.arrays);
      double slope = samples.slope();
      System.out.printf("native memory grows by %.1f bytes per step%n", slope);
      // One leaked single-element array per step would be about 500 bytes.
      assertTrue(slope < 100, "native memory grows by " + slope + " bytes per step");
    }
  }

  private static final class Samples implements TrainingListener {
    private final TinyTraining tiny;
    final TreeSet<Integer> arrays = new TreeSet<>();
    private final List<double[]> points = new ArrayList<>(); // step, minimum bytes
    private double minimum = Double.POSITIVE_INFINITY;

    Samples(TinyTraining tiny) {
      this.tiny = tiny;
    }

    @Override
    public void stepped(StepReport report) {
      if (report.step() >= WARM && report.step() % EACH == 0) {
        arrays.add(tiny.manager.getManagedArrays().size());
        System.gc(); // so that garbage-collection cycles are not mistaken for a leak
        minimum = Math.min(minimum, (double) NativeHeap.bytes());
      }
      // The minimum of several samples, since the collector frees memory at arbitrary times.
      if (report.step() > WARM && report.step() % (4 * EACH) == 0) {
        points.add(new double[] {report.step(), minimum});
        minimum = Double.POSITIVE_INFINITY;
      }
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {}

    /** Returns the least-squares slope. */
    double slope() {
      double x = points.stream().mapToDouble(p -> p[0]).average().orElseThrow();
      double y = points.stream().mapToDouble(p -> p[1]).average().orElseThrow();
      double xy = points.stream().mapToDouble(p -> (p[0] - x) * (p[1] - y)).sum();
      double xx = points.stream().mapToDouble(p -> (p[0] - x) * (p[0] - x)).sum();
      return xy / xx;
    }
  }
}
