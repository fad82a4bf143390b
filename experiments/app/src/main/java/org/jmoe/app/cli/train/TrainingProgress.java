package org.jmoe.app.cli.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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
  private static final long WINDOW = 5_000_000_000L; // ns over which speed is measured

  /** Columns from which the bar leaves room for the held-out loss, and for the load too. */
  private static final int WIDE = 100;

  private static final int VERY_WIDE = 125;

  /** Tokens trained up to a time. */
  private record Mark(long nanos, long tokens) {}

  private final int steps;
  private final Deque<Mark> marks = new ArrayDeque<>(List.of(new Mark(System.nanoTime(), 0)));
  private final ConsoleProgressBarConsumer console = new ConsoleProgressBarConsumer(System.err);
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
    mark();
    nats = Double.isNaN(nats) ? report.nats() : nats + SMOOTHING * (report.nats() - nats);
    imbalance =
        report.layers().values().stream().mapToDouble(LoadReport::maxOverMean).average().orElse(1);
    if (bar != null) {
      bar.setExtraMessage(text(console.getMaxRenderedLength()));
      bar.stepTo(report.step() + 1);
    }
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    held = evaluation.nats();
    if (bar == null) {
      System.err.printf(Locale.ROOT, "step %d/%d  %s%n", step, steps, text(Integer.MAX_VALUE));
    }
  }

  @Override
  public void message(String sentence) {
    System.err.println(VisibleWriter.visible(sentence));
  }

  private void mark() {
    long now = System.nanoTime();
    marks.addLast(new Mark(now, tokens));
    while (marks.size() > 2 && now - marks.getFirst().nanos() > WINDOW) {
      marks.removeFirst();
    }
  }

  private double tokensPerSecond() {
    Mark first = marks.getFirst();
    Mark last = marks.getLast();
    return (last.tokens() - first.tokens()) / ((last.nanos() - first.nanos()) / 1e9);
  }

  /** As much as fits in a line with a bar. */
  private String text(int columns) {
    List<String> parts = new ArrayList<>();
    parts.add(String.format(Locale.ROOT, "nats %.3f", nats));
    if (!Double.isNaN(held) && columns >= WIDE) {
      parts.add(String.format(Locale.ROOT, "held-out %.3f", held));
    }
    parts.add(String.format(Locale.ROOT, "%,.0f tokens/s", tokensPerSecond()));
    if (columns >= VERY_WIDE) {
      parts.add(String.format(Locale.ROOT, "load max/mean %.2f", imbalance));
    }
    return String.join("  ", parts);
  }

  private ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName("step")
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setConsumer(console)
        .build();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
