package org.jmoe.app.cli.option;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jmoe.io.Progress;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar in megabytes or batches on the standard error stream, only where a person looks at
 * it.
 */
public final class ConsoleProgress implements Progress, AutoCloseable {
  private static final int UPDATE_MILLIS = 200;

  private final @Nullable ProgressBarBuilder builder;
  private @Nullable ProgressBar bar; // from the first progress on: often there is nothing to do

  private ConsoleProgress(@Nullable ProgressBarBuilder builder) {
    this.builder = builder;
  }

  /** A bar for a number of bytes; silent without a terminal, unless it is asked for. */
  public static ConsoleProgress of(String task, long bytes, boolean always) {
    return of(task, bytes, " MB", 1_000_000, always);
  }

  /** A bar for a number of batches; silent without a terminal. */
  public static ConsoleProgress batches(String task, long count) {
    return of(task, count, " batches", 1, false);
  }

  private static ConsoleProgress of(
      String task, long most, String unit, long size, boolean always) {
    if (!Terminal.present() && !always) {
      return new ConsoleProgress(null);
    }
    return new ConsoleProgress(
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(most)
            .setUnit(unit, size)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(new ConsoleProgressBarConsumer(System.err)));
  }

  @Override
  public void advance(long bytes) {
    if (bar == null && builder != null) {
      bar = builder.build();
    }
    if (bar != null) {
      bar.stepBy(bytes);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
