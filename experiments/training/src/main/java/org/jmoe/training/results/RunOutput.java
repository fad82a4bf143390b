package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.checkpoint.SavedCheckpoint;
import org.jmoe.training.evaluation.Evaluation;

/**
 * The folder of a run while it trains. Nothing is written before the first step, so that a start
 * that fails in any way leaves the folder as it was: a run that is to be replaced included.
 */
public final class RunOutput implements TrainingListener {
  private final RunDirectory directory;
  private final RunStart start;
  private final JsonNode config;
  private final Consumer<String> told;
  private final CompletableFuture<RunDirectory> begun = new CompletableFuture<>();

  /**
   * The folder of a run.
   *
   * @param directory locked by the caller
   * @param config the content of run.json
   * @param told hears what a user should know
   */
  public RunOutput(RunDirectory directory, RunStart start, JsonNode config, Consumer<String> told) {
    this.directory = directory;
    this.start = start;
    this.config = config;
    this.told = told;
    if (start == RunStart.RESUME) {
      begin();
    }
  }

  @Override
  public void stepped(StepReport report) {
    if (!isBegun()) {
      begin();
    }
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {}

  /** Whether the folder holds this run. */
  public boolean isBegun() {
    return begun.isDone();
  }

  /** Completes as soon as the folder holds this run. */
  public CompletableFuture<RunDirectory> begun() {
    return begun;
  }

  /** Where everything is written. */
  public RunDirectory directory() {
    return directory;
  }

  /** Where a run that failed may be resumed, to be added to what is said of the failure. */
  public String whereToGoOn() {
    Optional<SavedCheckpoint> last =
        isBegun()
            ? new CheckpointStore(directory.checkpoints()).newest(sentence -> {})
            : Optional.empty();
    return last.map(
            c ->
                "; training stopped and kept nothing of that step; the same command goes on from"
                    + " step %d, saved in %s".formatted(c.step(), c.folder()))
        .orElse("; training stopped before anything was saved");
  }

  private void begin() {
    try {
      if (start == RunStart.REPLACE) {
        replace();
      } else {
        write();
      }
      begun.complete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write into " + directory.path(), e);
    }
  }

  private void replace() throws IOException {
    Replacement replacement = new Replacement(directory.path());
    replacement.begin();
    try {
      write();
    } catch (IOException | RuntimeException e) {
      replacement.undo(e);
      throw e;
    }
    try {
      replacement.finish();
    } catch (IOException e) {
      told.accept("warning: cannot remove all of the run that was replaced: " + e);
    }
  }

  private void write() throws IOException {
    if (start != RunStart.RESUME) {
      directory.writeJson(RunFiles.CONFIG, config);
    }
    Files.createDirectories(directory.plots());
    Files.createDirectories(directory.checkpoints());
  }
}
