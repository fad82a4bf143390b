package org.jmoe.catalog.trial;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Probe;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.extension.Extensions;
import org.jmoe.training.DivergedException;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.Run;

/**
 * A trial that is a training run as by {@code jmoe train}, with the same folder layout.
 *
 * @param config configuration of the run; the trial's seed replaces its seed
 * @param probes measure the routers of the trained model on held-out batches; created anew for each
 *     trial
 */
public record RunTrial(RunConfig config, List<Supplier<Probe>> probes) implements Trial {
  /** Copies the probes. */
  public RunTrial {
    probes = ImmutableList.copyOf(probes);
  }

  /** Creates a trial measured by the files of its run. */
  public static RunTrial of(RunConfig config) {
    return new RunTrial(config, List.of());
  }

  /** Creates a trial whose routers are also probed after training. */
  public static RunTrial probed(RunConfig config, Supplier<Probe> probe) {
    return new RunTrial(config, List.of(probe));
  }

  @Override
  public Outcome run(long seed, Path folder, Extensions extensions, TrialListener watch) {
    RunConfig seeded = config.withSeed(seed);
    RunClock clock = new RunClock(seeded.training(), watch);
    try {
      Summary summary = execute(Run.of(seeded, extensions), folder, watch, clock);
      RunDirectory directory = new RunDirectory(folder);
      RunRecorder record = RunRecorder.read(directory, seeded);
      RunMeasures measures = new RunMeasures(seeded, summary, record, clock);
      RunCurves curves = new RunCurves(seeded, summary, record);
      Map<String, Double> all = new LinkedHashMap<>(measures.numbers());
      if (!probes.isEmpty()) {
        all.putAll(
            Probes.of(
                folder, new RunJson(extensions), probes.stream().map(Supplier::get).toList()));
      }
      return new Outcome(all, curves.series(), curves.grids());
    } catch (DivergedException e) {
      return RunMeasures.diverged();
    }
  }

  /** Returns the measures from the files of a finished run. */
  static Outcome reading(RunConfig config, Path folder) {
    RunDirectory directory = new RunDirectory(folder);
    Summary summary = Summary.read(directory);
    RunRecorder record = RunRecorder.read(directory, config);
    RunClock clock = new RunClock(config.training(), TrialListener.none());
    RunCurves curves = new RunCurves(config, summary, record);
    return new Outcome(
        new RunMeasures(config, summary, record, clock).numbers(), curves.series(), curves.grids());
  }

  /** Resumes an interrupted attempt if that is bit-exact, and restarts it otherwise. */
  private static Summary execute(Run run, Path folder, TrialListener watch, RunClock clock) {
    Execution plain = Execution.plain().withStop(watch::shouldStop);
    if (!Files.exists(new RunDirectory(folder).config())) {
      return run.execute(folder, plain, clock);
    }
    boolean finished = Files.exists(new RunDirectory(folder).summary());
    try {
      return run.execute(folder, plain.withForce(finished), clock);
    } catch (ConfigException e) {
      return run.execute(folder, plain.withForce(true), clock);
    }
  }
}
