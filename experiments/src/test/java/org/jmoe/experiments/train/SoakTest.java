package org.jmoe.experiments.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand steps: memory does not grow. */
@Tag("soak")
final class SoakTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int STEPS = 10_000;
  private static final int WARM = 3_000;
  private static final int EACH = 250;

  @TempDir Path folder = Path.of("");

  @Test
  void memoryIsFlat() {
    Assumptions.assumeTrue(Files.isReadable(STATUS), "skipped: no " + STATUS + " here");
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
      assertEquals(1, samples.arrays.size(), () -> "arrays held: " + samples.arrays);
      double slope = samples.slope();
      // Over the 7,000 steps after warm-up: 7 MB, where one leaked array a step would be 30.
      assertTrue(slope < 1000, "resident memory grows by " + slope + " bytes a step");
    }
  }

  private static final class Samples implements TrainingListener {
    private final TinyTraining tiny;
    final TreeSet<Integer> arrays = new TreeSet<>();
    private final List<double[]> points = new ArrayList<>(); // step, least resident bytes
    private double least = Double.POSITIVE_INFINITY;

    Samples(TinyTraining tiny) {
      this.tiny = tiny;
    }

    @Override
    public void stepped(StepReport report) {
      if (report.step() >= WARM && report.step() % EACH == 0) {
        arrays.add(tiny.manager.getManagedArrays().size());
        System.gc(); // so that the heap's own rhythm is not taken for a leak
        least = Math.min(least, resident());
      }
      // The least of several: the collector gives its memory back when it likes.
      if (report.step() > WARM && report.step() % (4 * EACH) == 0) {
        points.add(new double[] {report.step(), least});
        least = Double.POSITIVE_INFINITY;
      }
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {}

    /** Least squares. */
    double slope() {
      double x = points.stream().mapToDouble(p -> p[0]).average().orElseThrow();
      double y = points.stream().mapToDouble(p -> p[1]).average().orElseThrow();
      double xy = points.stream().mapToDouble(p -> (p[0] - x) * (p[1] - y)).sum();
      double xx = points.stream().mapToDouble(p -> (p[0] - x) * (p[0] - x)).sum();
      return xy / xx;
    }

    private static double resident() {
      try {
        return Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
