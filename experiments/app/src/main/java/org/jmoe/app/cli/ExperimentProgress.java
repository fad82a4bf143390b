package org.jmoe.app.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jmoe.app.cli.option.Terminal;
import org.jmoe.catalog.engine.ExperimentRun;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.TrialHost;
import org.jspecify.annotations.Nullable;

/**
 * Shows experiment progress on standard error: a bar over all trials in a terminal, otherwise one
 * line per finished trial.
 */
final class ExperimentProgress implements ExperimentRun.Listener, AutoCloseable {
  private static final int PARTS = 1000; // of a trial

  private final int trials;
  private final BooleanSupplier stop;
  private final long start = System.nanoTime();
  private final Map<String, Double> shares = new LinkedHashMap<>(); // of those that run
  private final Map<String, String> states = new LinkedHashMap<>();
  private final @Nullable ProgressBar bar;
  private int finished;

  ExperimentProgress(String name, int trials, BooleanSupplier stop) {
    this.trials = trials;
    this.stop = stop;
    bar =
        Terminal.present()
            ? new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax((long) trials * PARTS)
                .setUnit(" trials", PARTS)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build()
            : null;
  }

  @Override
  public synchronized void progress(TrialHost.Job job, double share, String state) {
    shares.put(job.text(), share);
    states.put(job.text(), state);
    show();
  }

  @Override
  public synchronized void finished(TrialHost.Job job, Outcome outcome) {
    shares.remove(job.text());
    states.remove(job.text());
    finished++;
    if (bar == null) {
      System.err.printf(
          Locale.ROOT,
          "%d/%d  %s: %s  %s%n",
          finished,
          trials,
          job.text(),
          outcome.measures().entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .limit(4)
              .map(e -> String.format(Locale.ROOT, "%s %.4g", e.getKey(), e.getValue()))
              .collect(Collectors.joining(", ")),
          left());
    }
    show();
  }

  private String left() {
    double done = finished + shares.values().stream().mapToDouble(s -> s).sum();
    double seconds = (System.nanoTime() - start) / 1e9;
    return finished == trials
        ? String.format(Locale.ROOT, "(%.0f min)", seconds / 60)
        : String.format(
            Locale.ROOT, "(about %.0f min left)", seconds / 60 * (trials - done) / done);
  }

  private void show() {
    if (bar != null) {
      double done = finished + shares.values().stream().mapToDouble(s -> s).sum();
      bar.stepTo((long) (done * PARTS));
      bar.setExtraMessage(
          states.entrySet().stream()
              .map(e -> e.getKey() + " " + e.getValue())
              .collect(Collectors.joining("; ")));
    }
  }

  @Override
  public boolean shouldStop() {
    return stop.getAsBoolean();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
