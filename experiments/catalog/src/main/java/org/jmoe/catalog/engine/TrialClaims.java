package org.jmoe.catalog.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.io.DirectoryLock;

/**
 * Claims of trials in a shared folder, so that any number of processes on any number of machines
 * can work on one experiment without knowing each other. A claim is a lock of the operating system:
 * it ends with its process, however that ends.
 *
 * @param folder the shared folder of the experiment
 */
public record TrialClaims(ExperimentFolder folder) {
  private static final String NAME = "claims";

  /**
   * Claims a trial that has not finished. Close the claim when the trial has.
   *
   * @return empty if another process holds the trial, or it has finished
   */
  public Optional<DirectoryLock> claim(TrialHost.Job job) {
    Path claim =
        folder.path().resolve(NAME).resolve(job.arm().name()).resolve("seed-" + job.seed());
    try {
      Files.createDirectories(claim);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + claim, e);
    }
    Optional<DirectoryLock> lock = DirectoryLock.tryLock(claim);
    if (lock.isPresent() && (isFinished(job) || isRunning(job))) {
      lock.get().close();
      return Optional.empty();
    }
    return lock;
  }

  private boolean isFinished(TrialHost.Job job) {
    return folder.outcome(job.arm().name(), job.seed()).isPresent();
  }

  /** Returns whether a process that lost its parent still writes to the folder of the trial. */
  private static boolean isRunning(TrialHost.Job job) {
    if (!Files.exists(job.folder().resolve(DirectoryLock.NAME))) {
      return false;
    }
    Optional<DirectoryLock> run = DirectoryLock.tryLock(job.folder());
    run.ifPresent(DirectoryLock::close);
    return run.isEmpty();
  }
}
