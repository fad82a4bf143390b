package org.jmoe.app.cli.train;

import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jmoe.app.cli.option.Terminal;
import org.jmoe.app.cli.option.VisibleWriter;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * Shows training progress on standard error: a bar in a terminal, otherwise one line per
 * evaluation.
 */
final class TrainingProgress implements TrainingListener, AutoCloseable {
  private static final int UPDATE_MILLIS = 250;
  private static final double SMOOTHING = 0.05;

  private final int steps;
  private final long start = System.nanoTime();
  private @Nullable ProgressBar bar;
  private double nats = Double.NaN;
  private double held = Double.NaN;
  private double imbalance = 1;
  private long tokens;

  TrainingProgress(int steps) {
    this.steps = steps;
  }

  @Override
  public void stepped(StepReport report) {
    if (bar == null && Terminal.present()) {
      bar = bar();
    }
    tokens += report.tokens();
    nats = Double.isNaN(nats) ? report.nats() : nats + SMOOTHING * (report.nats() - nats);
    imbalance =
        report.layers().values().stream().mapToDouble(LoadReport::maxOverMean).average().orElse(1);
    if (bar != null) {
      bar.setExtraMessage(text());
      bar.stepTo(report.step() + 1);
    }
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    held = evaluation.nats();
    if (bar == null) {
      System.err.printf(Locale.ROOT, "step %d/%d  %s%n", step, steps, text());
    }
  }

  @Override
  public void told(String sentence) {
    System.err.println(VisibleWriter.visible(sentence));
  }

  private String text() {
    double seconds = (System.nanoTime() - start) / 1e9;
    String measured = Double.isNaN(held) ? "" : String.format(Locale.ROOT, "held out %.3f  ", held);
    return String.format(
        Locale.ROOT,
        "nats %.3f  %s%,.0f tokens/s  load max/mean %.2f",
        nats,
        measured,
        tokens / seconds,
        imbalance);
  }

  private ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName("training")
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .build();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
