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
import org.jmoe.catalog.engine.Watch;
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
 * A trial that is a run like those of {@code jmoe train}, in a folder of the same form.
 *
 * @param config of the run; the trial's seed takes the place of its seed
 * @param probes look at the routers of the trained model on held-out batches, a new one each trial
 */
public record RunTrial(RunConfig config, List<Supplier<Probe>> probes) implements Trial {
  /** Copies the probes. */
  public RunTrial {
    probes = ImmutableList.copyOf(probes);
  }

  /** A run that its own files measure. */
  public static RunTrial of(RunConfig config) {
    return new RunTrial(config, List.of());
  }

  /** A run whose routers are looked at once more when it is over. */
  public static RunTrial probed(RunConfig config, Supplier<Probe> probe) {
    return new RunTrial(config, List.of(probe));
  }

  @Override
  public Outcome run(long seed, Path folder, Extensions extensions, Watch watch) {
    RunConfig seeded = config.withSeed(seed);
    RunClock clock = new RunClock(seeded.training(), watch);
    try {
      Summary summary = execute(Run.of(seeded, extensions), folder, watch, clock);
      RunDirectory directory = new RunDirectory(folder);
      RunMeasures measures =
          new RunMeasures(seeded, summary, RunRecorder.read(directory, seeded), clock);
      Map<String, Double> all = new LinkedHashMap<>(measures.numbers());
      if (!probes.isEmpty()) {
        all.putAll(
            Probes.of(
                folder, new RunJson(extensions), probes.stream().map(Supplier::get).toList()));
      }
      return new Outcome(all, measures.series(), measures.grids());
    } catch (DivergedException e) {
      return RunMeasures.diverged();
    }
  }

  /** What the files of a finished run say. */
  static Outcome reading(RunConfig config, Path folder) {
    RunDirectory directory = new RunDirectory(folder);
    RunMeasures measures =
        new RunMeasures(
            config,
            Summary.read(directory),
            RunRecorder.read(directory, config),
            new RunClock(config.training(), Watch.none()));
    return new Outcome(measures.numbers(), measures.series(), measures.grids());
  }

  /** A broken attempt goes on where that gives the same bits, and is begun anew where not. */
  private static Summary execute(Run run, Path folder, Watch watch, RunClock clock) {
    Execution plain = Execution.plain().withStop(watch::stop);
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
