package org.jmoe.experiments.run;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jmoe.experiments.checkpoint.CheckpointStore;
import org.jmoe.experiments.checkpoint.DirectoryLock;
import org.jmoe.experiments.checkpoint.SavedCheckpoint;
import org.jmoe.experiments.data.Digests;
import org.jmoe.experiments.data.Progress;
import org.jmoe.experiments.data.TokenData;
import org.jmoe.experiments.train.DeviceLayout;
import org.jmoe.experiments.train.Evaluation;
import org.jmoe.experiments.train.StoppedException;
import org.jmoe.experiments.train.Trainer;
import org.jmoe.experiments.train.TrainingListener;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.DeviceException;
import org.jmoe.tensor.NamedDevice;

/** Carries out a configuration: a pure function of it, the data and the machine. */
public final class Run {
  private final RunConfig config;
  private final RunJson json;

  /** A run of a configuration, to be written as the given JSON. */
  public Run(RunConfig config, RunJson json) {
    this.config = config;
    this.json = json;
  }

  /** A run of a configuration made of what jmoe brings. */
  public static Run of(RunConfig config) {
    return new Run(config, new RunJson(SpecTypes.standard()));
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
    DeviceLayout layout = execution.devices();
    requireFits(layout);
    RunStart start = RunStart.of(output, execution.force(), config, json); // before long work
    Path data = config.data().source().locate(execution.progress());
    try (RunParts parts = RunParts.open(config, data, layout);
        DirectoryLock lock = RunDirectory.lock(output)) {
      if (RunStart.of(output, execution.force(), config, json) != start) {
        throw new ConfigException("the output " + output + " changed meanwhile; try again");
      }
      RunDirectory directory = RunDirectory.begin(lock.folder(), start, json.write(config));
      CompletableFuture<Void> provenance =
          CompletableFuture.completedFuture(null)
              .thenRunAsync(() -> record(directory, data, start, execution));
      if (start == RunStart.RESUME) {
        await(provenance); // nothing goes on before it is known to be the same
      }
      RunRecorder recorder = new RunRecorder(config);
      try {
        train(directory, parts, recorder, execution, listener);
      } catch (RuntimeException | Error e) {
        provenance.exceptionally(nothing -> null).join(); // it writes into the directory
        keepOrDelete(directory, recorder, start, e);
        if (e instanceof DeviceException failed) {
          throw failed.with("", whereToGoOn(directory));
        }
        throw e;
      }
      Evaluation last = parts.evaluator().run(config.training().finalBatches());
      recorder.write(directory);
      Summary summary = summary(recorder, last, parts, layout);
      await(provenance);
      directory.writeJson("summary.json", summary); // last: it says that the run is finished
      return summary;
    }
  }

  private void train(
      RunDirectory directory,
      RunParts parts,
      RunRecorder recorder,
      Execution execution,
      TrainingListener... listener) {
    TrainingListener listeners =
        TrainingListener.all(
            ImmutableList.<TrainingListener>builder().add(recorder).add(listener).build());
    RunCheckpoints checkpoints =
        new RunCheckpoints(
            new CheckpointStore(directory.checkpoints()),
            config.training().checkpoint().keep(),
            parts.model(),
            parts.manager(),
            recorder,
            json.text(json.write(config)),
            execution.stop(),
            listeners::told);
    idle(execution.devices(), listeners);
    new Trainer(config.training(), parts.copies().replicas(), parts.seed(), parts.towards())
        .train(parts.batches(), parts.evaluator(), listeners, checkpoints);
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

  private static String whereToGoOn(RunDirectory directory) {
    Optional<SavedCheckpoint> last =
        Files.isDirectory(directory.checkpoints())
            ? new CheckpointStore(directory.checkpoints()).newest(sentence -> {})
            : Optional.empty();
    return last.map(
            c ->
                "; training stopped and kept nothing of that step; the same command goes on from"
                    + " step %d, saved in %s".formatted(c.step(), c.folder()))
        .orElse("; training stopped before anything was saved");
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

  /** What happened until a run broke off is worth having; a run that never began is not. */
  private static void keepOrDelete(
      RunDirectory directory, RunRecorder recorder, RunStart start, Throwable cause) {
    try {
      if (!recorder.steps().isEmpty()) {
        recorder.write(directory);
      } else if (start != RunStart.RESUME) {
        directory.delete();
      }
    } catch (RuntimeException e) {
      cause.addSuppressed(e); // a full disk, perhaps the cause itself
    }
  }

  /** Hashing a large file takes seconds, so it runs beside the first steps. */
  private static void record(
      RunDirectory directory, Path data, RunStart start, Execution execution) {
    Provenance now =
        Provenance.now(
            execution.devices(), data.toString(), Digests.sha256(TokenData.open(data).files()));
    if (start == RunStart.RESUME && !execution.acceptChanges()) {
      directory.requireSame(now);
    }
    directory.writeJson("provenance.json", now);
  }

  private Summary summary(
      RunRecorder recorder, Evaluation last, RunParts parts, DeviceLayout layout) {
    List<LayerSummary> layers =
        last.layers().entrySet().stream()
            .map(e -> LayerSummary.of(e.getKey(), e.getValue(), parts.corpus().domains()))
            .toList();
    return new Summary(
        last.nats(),
        HeldOutMeasure.bitsPerByte(last.nats(), parts.corpus()),
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
