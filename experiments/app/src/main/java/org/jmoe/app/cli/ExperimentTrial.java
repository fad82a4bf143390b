package org.jmoe.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.StopSignal;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.InProcessHost;
import org.jmoe.catalog.engine.TrialHost;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.catalog.sweep.SweepFile;
import org.jmoe.extension.Extensions;
import org.jmoe.training.StoppedException;
import org.jmoe.training.config.RunJson;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs one trial for {@code experiment run} and reports its progress line by line. */
@Command(name = "trial", hidden = true, description = "Runs one trial of an experiment.")
final class ExperimentTrial implements Callable<Integer> {
  static final int TERMINATED = 143;

  private static final long TOLD_EVERY_NANOS = 500_000_000;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "EXPERIMENT")
  String name = "";

  @Parameters(index = "1", paramLabel = "ARM")
  String arm = "";

  @Parameters(index = "2", paramLabel = "SEED")
  long seed;

  @Parameters(index = "3", paramLabel = "DIR")
  Path folder = Path.of("");

  @Option(names = "--quick", description = "Use the small budget.")
  boolean quick;

  @Option(names = "--sweep", description = "The sweep of the trial.")
  @Nullable Path sweep;

  @Override
  public Integer call() {
    Extensions extensions = ExtensionOptions.extensions(spec);
    Experiment experiment =
        sweep == null
            ? Catalog.of(extensions).named(name)
            : SweepFile.read(sweep, new RunJson(extensions));
    Budget budget = new Budget(quick);
    Arm found =
        experiment.arms(budget).stream()
            .filter(a -> a.name().equals(arm))
            .findFirst()
            .orElseThrow(() -> new UsageException(name + " has no arm " + arm));
    try (StopSignal signal = new StopSignal()) {
      new InProcessHost(extensions)
          .run(new TrialHost.Job(experiment, budget, found, seed, folder), new Lines(signal));
      return 0;
    } catch (StoppedException e) {
      return TERMINATED;
    }
  }

  private static final class Lines implements TrialListener {
    private final StopSignal signal;
    private final Optional<ProcessHandle> parent = ProcessHandle.current().parent();
    private long told;

    Lines(StopSignal signal) {
      this.signal = signal;
    }

    @Override
    public void progress(double share, String state) {
      long now = System.nanoTime();
      if (told == 0 || now - told > TOLD_EVERY_NANOS) {
        told = now;
        System.out.printf(Locale.ROOT, "%.4f %s%n", share, state);
      }
    }

    /** Stops too when the process that started this one has ended, however it did. */
    @Override
    public boolean shouldStop() {
      return signal.requested() || !parent.map(ProcessHandle::isAlive).orElse(true);
    }
  }
}
