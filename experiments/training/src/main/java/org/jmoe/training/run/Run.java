package org.jmoe.training.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jmoe.data.formats.TokenData;
import org.jmoe.extension.Extensions;
import org.jmoe.io.Digests;
import org.jmoe.io.DirectoryLock;
import org.jmoe.io.Progress;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.tensor.DeviceException;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.training.DeviceLayout;
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
import org.jmoe.training.results.DeviceSummary;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.Machine;
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

/** Carries out a configuration: a pure function of it, the data and the machine. */
public final class Run {
  private final RunConfig config;
  private final RunJson json;

  /** A run of a configuration, to be written as the given JSON. */
  public Run(RunConfig config, RunJson json) {
    this.config = config;
    this.json = json;
  }

  /** A run of a configuration made of the extensions on the class path. */
  public static Run of(RunConfig config) {
    return of(config, Extensions.load());
  }

  /** A run of a configuration made of these extensions, such as a router of one's own. */
  public static Run of(RunConfig config, Extensions extensions) {
    return new Run(config, new RunJson(extensions));
  }

  /** Trains, measures and writes everything to a new folder. */
  public Summary execute(Path output, TrainingListener... listener) {
    return execute(output, Execution.plain(), listener);
  }

  /** As below, to be replaced by force or not. */
  public Summary execute(
      Path output, boolean force, Progress progress, TrainingListener... listener) {
    return execute(output, Execution.plain().withForce(force).withProgress(progress), listener);
  }

  /**
   * Trains, measures and writes everything. Where the folder holds the same run unfinished, that
   * one goes on from its newest checkpoint.
   *
   * @param listener looks on
   * @throws ConfigException when data and model do not fit together; nothing is written then, nor
   *     when the first step fails
   * @throws StoppedException when it was asked to stop
   */
  public Summary execute(Path output, Execution execution, TrainingListener... listener) {
    requireTrainable();
    requireFits(execution.devices());
    RoundTrip.require(config, json);
    MemoryNeed.require(config, execution.devices());
    Replacement.recover(output);
    RunStart start = RunStart.of(output, execution.force(), config, json); // before long work
    Path data = config.data().source().locate(execution.progress());
    boolean made = !Files.exists(output);
    try {
      return execute(output, start, data, execution, TrainingListener.all(List.of(listener)));
    } finally {
      if (made) {
        RunDirectory.removeIfEmpty(output);
      }
    }
  }

  private Summary execute(
      Path output, RunStart start, Path data, Execution execution, TrainingListener listener) {
    try (RunParts parts = RunParts.open(config, data, execution.devices());
        DirectoryLock lock = RunDirectory.lock(output)) {
      if (RunStart.of(output, execution.force(), config, json) != start) {
        throw new ConfigException("the output " + output + " changed meanwhile; try again");
      }
      RunDirectory directory = new RunDirectory(lock.folder());
      RunOutput written = new RunOutput(directory, start, json.write(config), listener::told);
      CompletableFuture<Void> provenance = provenance(written, data, start, execution);
      if (start == RunStart.RESUME) {
        await(provenance); // nothing goes on before it is known to be the same
      }
      RunRecorder recorder = new RunRecorder(config);
      try {
        MetricsLog log = new MetricsLog(directory.metricsLog(), recorder);
        TrainingListener all = TrainingListener.all(List.of(written, recorder, log, listener));
        train(directory, start, parts, recorder, execution, all);
      } catch (RuntimeException | Error e) {
        keep(written, provenance, recorder, e);
        if (e instanceof DeviceException failed) {
          throw failed.with("", written.whereToGoOn());
        }
        throw e;
      }
      Evaluation last = parts.evaluator().run(config.training().finalBatches());
      recorder.write(directory);
      Summary summary = summary(recorder, last, parts, execution.devices());
      await(provenance);
      directory.writeJson("summary.json", summary); // last: it says that the run is finished
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
            listener::told);
    idle(execution.devices(), listener);
    new Trainer(config.training(), parts.copies().replicas(), parts.seed(), parts.towards())
        .train(parts.batches(), parts.evaluator(), listener, checkpoints);
  }

  /** Batches hold each sequence once. */
  private void requireTrainable() {
    config.model().blocks().stream()
        .flatMap(block -> Stream.ofNullable(block.moe()))
        .map(MoeLayer.Spec::router)
        .forEach(Run::requireTrainable);
  }

  private static void requireTrainable(RouterSpec router) {
    if (router.traits().contains(RouterTrait.REPEATED_SEQUENCES)) {
      throw new ConfigException(
          "model.moe.router needs each sequence more than once in a batch, which a run does not"
              + " provide; choose another router, such as VMoeRouter, instead of "
              + router);
    }
  }

  private void requireFits(DeviceLayout layout) {
    if (layout.devices().size() == 1) {
      return;
    }
    if (config.init() != null || config.teacher() != null) {
      throw new ConfigException(
          "a run that goes on from other weights, or towards a teacher, trains on one device, not"
              + " on "
              + layout.devices().size());
    }
    layout.requireFits(config.model(), config.training());
  }

  private void idle(DeviceLayout layout, TrainingListener listener) {
    if (layout.devices().size() == 1) {
      return;
    }
    for (List<NamedDevice> group : layout.groups()) {
      MoeLayer.Spec moe = config.model().firstMoe().orElse(null);
      if (moe != null && group.size() > 1) {
        for (NamedDevice device : layout.placement(group, moe).idle()) {
          listener.told(
              "warning: device %s is idle, as there are only %d experts for %d devices"
                  .formatted(device, moe.experts(), group.size()));
        }
      }
    }
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

  /** What happened until a run broke off is worth having. */
  private static void keep(
      RunOutput written, CompletableFuture<Void> provenance, RunRecorder recorder, Throwable e) {
    if (!written.isBegun()) {
      return;
    }
    try {
      provenance.exceptionally(nothing -> null).join(); // it writes into the folder
      if (!recorder.steps().isEmpty()) {
        recorder.write(written.directory());
      }
    } catch (RuntimeException again) {
      e.addSuppressed(again); // a full disk, perhaps the cause itself
    }
  }

  /** Hashing a large file takes seconds, so it runs beside the first steps. */
  private CompletableFuture<Void> provenance(
      RunOutput written, Path data, RunStart start, Execution execution) {
    InitSpec init = config.init();
    List<TrainedRows.Split> earlier =
        init == null
            ? List.of()
            : TrainedRows.ofWeights(Path.of(init.weights().place()), json).runs();
    return CompletableFuture.supplyAsync(
            () ->
                Provenance.now(
                    execution.devices(),
                    data.toString(),
                    Digests.sha256(TokenData.open(data).files()),
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

  private Summary summary(
      RunRecorder recorder, Evaluation last, RunParts parts, DeviceLayout layout) {
    List<LayerSummary> layers =
        last.layers().entrySet().stream()
            .map(e -> LayerSummary.of(e.getKey(), e.getValue(), parts.corpus().domains()))
            .toList();
    return new Summary(
        last.nats(),
        last.bitsPerByte(),
        last.tokens(),
        recorder.steps().size(),
        recorder.tokens(),
        recorder.tokensPerSecond(),
        parts.model().parameterCount(),
        config.model().activeParameters(),
        layers.stream().mapToDouble(LayerSummary::cv).average().orElse(0),
        layers.stream().mapToDouble(LayerSummary::droppedShare).average().orElse(0),
        Machine.peakRssBytes(),
        recorder.seconds(),
        layout.devices().size() == 1
            ? null
            : DeviceSummary.of(layout, config.model(), recorder.steps()),
        layers);
  }
}
