package org.jmoe.app.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;

/** All performance measurements with a goal, run one after another. */
public final class BenchSuite {
  private final boolean quick;
  private final String mainClass;
  private final ExpertStrategy strategy;

  /**
   * Creates a suite.
   *
   * @param quick whether to skip the largest shapes and run fewer rounds
   * @param mainClass main class of the command line, for measurements in a separate process
   * @param strategy how the timed layers compute their experts
   */
  public BenchSuite(boolean quick, String mainClass, ExpertStrategy strategy) {
    this.quick = quick;
    this.mainClass = mainClass;
    this.strategy = strategy;
  }

  /** Runs all measurements and passes each row to {@code sink} as soon as it is measured. */
  public void run(Consumer<BenchRow> sink) throws IOException {
    layers(new LayerRows(quick ? 8 : 20, strategy), sink);
    LoadRows.of(4096, 128, 32, 2, List.of(1.0, 1.25, 2.0, Double.POSITIVE_INFINITY)).forEach(sink);
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
      new BitRows(128, 128, 16, precision).of(512, List.of(1, 2, 8)).forEach(sink);
    }
    steps(new StepRows(quick ? 8 : 14), sink);
    ProcessRows processes = new ProcessRows(mainClass);
    sink.accept(processes.start());
    sink.accept(processes.memory(quick ? 6 : 40));
  }

  private void layers(LayerRows rows, Consumer<BenchRow> sink) {
    rows.parts(2048, 128, 256, 8, 2).forEach(sink);
    rows.parts(1024, 256, 512, 8, 2).forEach(sink);
    rows.parts(2048, 128, 128, 64, 2).forEach(sink);
    sink.accept(rows.denseRatio(2048, 128, 256, 8, 2));
    sink.accept(rows.flatness(2048, 128, 256, 2));
    for (Skew skew : List.of(Skew.BALANCED, Skew.ZIPF)) {
      sink.accept(rows.smallGroups(512, 128, 128, 64, 2, skew));
    }
    sink.accept(rows.bfloat16(1024, 512, 512, 8, 2));
    if (!quick) {
      rows.parts(4096, 512, 512, 32, 2).forEach(sink);
      rows.parts(4096, 512, 2048, 8, 2).forEach(sink);
      sink.accept(rows.denseRatio(4096, 512, 512, 32, 2));
      sink.accept(rows.bfloat16(4096, 512, 512, 32, 2));
    }
  }

  private void steps(StepRows rows, Consumer<BenchRow> sink) throws IOException {
    rows.of(128, 256, 8, 16, 128, Precision.FLOAT32).forEach(sink);
    rows.of(128, 256, 8, 16, 128, Precision.BFLOAT16).forEach(sink);
    if (!quick) {
      rows.of(256, 512, 8, 16, 256, Precision.FLOAT32).forEach(sink);
      rows.of(256, 512, 8, 16, 256, Precision.BFLOAT16).forEach(sink);
      rows.of(512, 1024, 16, 8, 256, Precision.FLOAT32).forEach(sink);
      rows.of(512, 1024, 16, 8, 256, Precision.BFLOAT16).forEach(sink);
    }
  }
}
