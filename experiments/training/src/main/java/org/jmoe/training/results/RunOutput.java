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
 * Writes the folder of a run during training. Nothing is written before the first step, so a run
 * that fails to start leaves the folder unchanged, including a run that was to be replaced.
 */
public final class RunOutput implements TrainingListener {
  private final RunDirectory directory;
  private final RunStart start;
  private final JsonNode config;
  private final Consumer<String> log;
  private final CompletableFuture<RunDirectory> begun = new CompletableFuture<>();

  /**
   * Creates the output of a run.
   *
   * @param directory folder, locked by the caller
   * @param config content of run.json
   * @param log receives messages for the user
   */
  public RunOutput(RunDirectory directory, RunStart start, JsonNode config, Consumer<String> log) {
    this.directory = directory;
    this.start = start;
    this.config = config;
    this.log = log;
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

  /** Returns whether the folder contains this run. */
  public boolean isBegun() {
    return begun.isDone();
  }

  /** Returns a future that completes once the folder contains this run. */
  public CompletableFuture<RunDirectory> begun() {
    return begun;
  }

  /** Returns the folder. */
  public RunDirectory directory() {
    return directory;
  }

  /** Returns where a failed run can be resumed, as a suffix of the failure's message. */
  public String resumeHint() {
    Optional<SavedCheckpoint> last =
        isBegun()
            ? new CheckpointStore(directory.checkpoints()).newest(sentence -> {})
            : Optional.empty();
    return last.map(
            c ->
                "; the failed step was discarded; repeat the same command to resume from step %d, saved in %s"
                    .formatted(c.step(), c.folder()))
        .orElse("; no checkpoint was saved before the failure");
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
      throw new UncheckedIOException("cannot write to " + directory.path(), e);
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
      log.accept("warning: cannot delete all files of the replaced run: " + e);
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
