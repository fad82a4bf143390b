package org.jmoe.app.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;

/** Every number that the speed of jmoe is judged by, one after another. */
public final class BenchSuite {
  private final boolean quick;
  private final String mainClass;
  private final ExpertStrategy strategy;

  /**
   * A suite.
   *
   * @param quick whether the largest shapes are left out and rounds are few
   * @param mainClass of the command line, for what needs a process of its own
   * @param strategy how the layers that are timed compute their experts
   */
  public BenchSuite(boolean quick, String mainClass, ExpertStrategy strategy) {
    this.quick = quick;
    this.mainClass = mainClass;
    this.strategy = strategy;
  }

  /** Measures, telling each row when it is there. */
  public void run(Consumer<BenchRow> told) throws IOException {
    layers(new LayerRows(quick ? 8 : 20, strategy), told);
    LoadRows.of(4096, 128, 32, 2, List.of(1.0, 1.25, 2.0, Double.POSITIVE_INFINITY)).forEach(told);
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
      new BitRows(128, 128, 16, precision).of(512, List.of(1, 2, 8)).forEach(told);
    }
    steps(new StepRows(quick ? 8 : 14), told);
    ProcessRows processes = new ProcessRows(mainClass);
    told.accept(processes.start());
    told.accept(processes.memory(quick ? 6 : 40));
  }

  private void layers(LayerRows rows, Consumer<BenchRow> told) {
    rows.parts(2048, 128, 256, 8, 2).forEach(told);
    rows.parts(1024, 256, 512, 8, 2).forEach(told);
    rows.parts(2048, 128, 128, 64, 2).forEach(told);
    told.accept(rows.denseRatio(2048, 128, 256, 8, 2));
    told.accept(rows.flatness(2048, 128, 256, 2));
    for (Skew skew : List.of(Skew.BALANCED, Skew.ZIPF)) {
      told.accept(rows.smallGroups(512, 128, 128, 64, 2, skew));
    }
    told.accept(rows.bfloat16(1024, 512, 512, 8, 2));
    if (!quick) {
      rows.parts(4096, 512, 512, 32, 2).forEach(told);
      rows.parts(4096, 512, 2048, 8, 2).forEach(told);
      told.accept(rows.denseRatio(4096, 512, 512, 32, 2));
      told.accept(rows.bfloat16(4096, 512, 512, 32, 2));
    }
  }

  private void steps(StepRows rows, Consumer<BenchRow> told) throws IOException {
    rows.of(128, 256, 8, 16, 128, Precision.FLOAT32).forEach(told);
    rows.of(128, 256, 8, 16, 128, Precision.BFLOAT16).forEach(told);
    if (!quick) {
      rows.of(256, 512, 8, 16, 256, Precision.FLOAT32).forEach(told);
      rows.of(256, 512, 8, 16, 256, Precision.BFLOAT16).forEach(told);
      rows.of(512, 1024, 16, 8, 256, Precision.FLOAT32).forEach(told);
      rows.of(512, 1024, 16, 8, 256, Precision.BFLOAT16).forEach(told);
    }
  }
}
