package org.jmoe.training.results;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Digests;
import org.jmoe.io.JsonFiles;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;

/**
 * The results of a finished run, in memory. They are read before a repetition is trained, so
 * malformed files are detected early.
 *
 * @param recorder metrics of steps and evaluations
 * @param summary final results
 * @param provenance code, libraries, threads, CPU and data
 * @param parameters SHA-256 of the trained parameters; empty if their checkpoint was removed
 */
public record FinishedRun(
    RunRecorder recorder, ObjectNode summary, ObjectNode provenance, Optional<String> parameters) {
  /**
   * Reads a run.
   *
   * @throws ConfigException if the run is not finished
   * @throws DataFormatException if a file is malformed
   */
  public static FinishedRun read(RunDirectory run, RunConfig config) {
    if (!Files.exists(run.summary())) {
      throw new ConfigException(
          run.path() + " is not finished; resume it with jmoe train --resume " + run.path());
    }
    return new FinishedRun(
        RunRecorder.read(run, config),
        JsonFiles.object(run.summary()),
        JsonFiles.object(run.provenance()),
        Checkpoint.latest(run.checkpoints()).map(FinishedRun::digest));
  }

  private static String digest(Path parameters) {
    Safetensors.open(parameters).close(); // validates the header
    return Digests.sha256(List.of(parameters));
  }
}
