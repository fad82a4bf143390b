package org.jmoe.training.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.device.DeviceException;
import org.jmoe.extension.Extensions;
import org.jmoe.io.DirectoryLock;
import org.jmoe.io.Progress;
import org.jmoe.training.StoppedException;
import org.jmoe.training.Trainer;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.RoundTrip;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.results.MetricsLog;
import org.jmoe.training.results.Provenance;
import org.jmoe.training.results.Replacement;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunExtensions;
import org.jmoe.training.results.RunOutput;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.RunStart;
import org.jmoe.training.results.Summary;
import org.jmoe.training.results.TrainedRows;

/**
 * Trains a model as specified by a configuration. The result is a function of configuration, data
 * and machine.
 */
public final class Run {
  private final RunConfig config;
  private final RunJson json;

  /** Creates a run whose configuration is written with the given mapper. */
  public Run(RunConfig config, RunJson json) {
    this.config = config;
    this.json = json;
  }

  /** Returns a run that uses the extensions on the class path. */
  public static Run of(RunConfig config) {
    return of(config, Extensions.load());
  }

  /** Returns a run that uses the given extensions, for example custom routers. */
  public static Run of(RunConfig config, Extensions extensions) {
    return new Run(config, new RunJson(extensions));
  }

  /** Trains and evaluates the model and writes the results to a new folder. */
  public Summary execute(Path output, TrainingListener... listener) {
    return execute(output, Execution.plain(), listener);
  }

  /**
   * Trains and evaluates the model and writes the results; see {@link #execute(Path, Execution,
   * TrainingListener...)}.
   */
  public Summary execute(
      Path output, boolean force, Progress progress, TrainingListener... listener) {
    return execute(output, Execution.plain().withForce(force).withProgress(progress), listener);
  }

  /**
   * Trains and evaluates the model and writes the results to {@code output}. An unfinished run of
   * the same configuration is resumed from its newest checkpoint.
   *
   * @param listener observes training
   * @throws ConfigException if data and model are inconsistent; nothing is written in that case,
   *     nor if the first step fails
   * @throws StoppedException if the stop condition was met
   */
  public Summary execute(Path output, Execution execution, TrainingListener... listener) {
    new RunRequirements(config, execution.devices()).require();
    RoundTrip.require(config, json);
    MemoryRequirement.require(config, execution.devices());
    Replacement.recover(output);
    RunStart start = RunStart.of(output, execution.force(), config, json); // before expensive work
    TokenData data =
        config.data().source().open(TokenFormats.of(json.extensions()), execution.progress());
    boolean created = !Files.exists(output);
    try {
      return execute(output, start, data, execution, TrainingListener.all(List.of(listener)));
    } finally {
      if (created) {
        RunDirectory.removeIfEmpty(output);
      }
    }
  }

  private Summary execute(
      Path output, RunStart start, TokenData data, Execution execution, TrainingListener listener) {
    try (RunParts parts = RunParts.open(config, data, execution.devices());
        DirectoryLock lock = RunDirectory.lock(output)) {
      if (RunStart.of(output, execution.force(), config, json) != start) {
        throw new ConfigException("another process changed the output " + output + "; try again");
      }
      RunDirectory directory = new RunDirectory(lock.folder());
      RunOutput written = new RunOutput(directory, start, json.write(config), listener::message);
      CompletableFuture<Void> provenance = provenance(written, data, start, execution);
      if (start == RunStart.RESUME) {
        await(provenance); // code and data must be verified before training resumes
      }
      RunRecorder recorder = new RunRecorder(config);
      try {
        MetricsLog log = new MetricsLog(directory.metricsLog(), recorder);
        TrainingListener all = TrainingListener.all(List.of(written, recorder, log, listener));
        train(directory, start, parts, recorder, execution, all);
      } catch (RuntimeException | Error e) {
        keep(written, provenance, recorder, e);
        if (e instanceof DeviceException failed) {
          throw failed.with("", written.resumeHint());
        }
        throw e;
      }
      Evaluation last = parts.evaluator().run(config.training().finalBatches());
      recorder.write(directory);
      Summary summary =
          Summary.of(
              config,
              recorder,
              last,
              parts.model().parameterCount(),
              parts.corpus().domains(),
              execution.devices());
      await(provenance);
      directory.writeJson("summary.json", summary); // written last: it marks the run as finished
      return summary;
    }
  }

  private void train(
      RunDirectory directory,
      RunStart start,
      RunParts parts,
      RunRecorder recorder,
      Execution execution,
      TrainingListener listener) {
    RunCheckpoints checkpoints =
        new RunCheckpoints(
            new CheckpointStore(directory.checkpoints()),
            config.training().checkpoint().keep(),
            parts.model(),
            parts.manager(),
            recorder,
            start == RunStart.RESUME,
            json.text(json.write(config)),
            execution.stop(),
            listener::message);
    new RunRequirements(config, execution.devices()).warnOfIdle(listener);
    new Trainer(config.training(), parts.copies().replicas(), parts.seed(), parts.distillation())
        .train(parts.batches(), parts.evaluator(), listener, checkpoints);
  }

  private static void await(CompletableFuture<Void> work) {
    try {
      work.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Writes what was recorded before a run failed. */
  private static void keep(
      RunOutput written, CompletableFuture<Void> provenance, RunRecorder recorder, Throwable e) {
    if (!written.isBegun()) {
      return;
    }
    try {
      provenance.exceptionally(nothing -> null).join(); // wait, since it writes to the folder
      if (!recorder.steps().isEmpty()) {
        recorder.write(written.directory());
      }
    } catch (RuntimeException failure) {
      e.addSuppressed(failure); // for example a full disk, which may be the cause of e
    }
  }

  /** Computes the provenance in the background, since hashing large files takes seconds. */
  private CompletableFuture<Void> provenance(
      RunOutput written, TokenData data, RunStart start, Execution execution) {
    InitSpec init = config.init();
    List<TrainedRows.Split> earlier =
        init == null
            ? List.of()
            : TrainedRows.ofWeights(Path.of(init.weights().location()), json).runs();
    return CompletableFuture.supplyAsync(
            () ->
                Provenance.now(
                    execution.devices(),
                    data.place(),
                    data.sha256(),
                    earlier,
                    json.extensions().sources()))
        .thenAcceptBoth(
            written.begun(),
            (now, directory) -> {
              if (start == RunStart.RESUME && !execution.acceptChanges()) {
                directory.requireSame(now);
              }
              RunExtensions.write(directory, json.extensions().sources());
              directory.writeJson("provenance.json", now);
            });
  }
}
