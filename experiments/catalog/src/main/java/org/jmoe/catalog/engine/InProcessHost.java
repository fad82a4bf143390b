package org.jmoe.catalog.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.jmoe.extension.Extensions;
import org.jmoe.training.results.CodeVersion;
import org.jmoe.training.results.Machine;

/** Runs trials in this process, one at a time. */
public final class InProcessHost implements TrialHost {
  private final Extensions extensions;

  /** Creates a host with the extensions on the class path. */
  public InProcessHost() {
    this(Extensions.load());
  }

  /** Creates a host whose trials use these extensions. */
  public InProcessHost(Extensions extensions) {
    this.extensions = extensions;
  }

  @Override
  public synchronized void run(Job job, TrialListener watch) {
    long start = System.nanoTime();
    try {
      Files.createDirectories(job.folder().toAbsolutePath().getParent());
      Outcome outcome = job.arm().trial().run(job.seed(), job.folder(), extensions, watch);
      Files.createDirectories(job.folder());
      double seconds = (System.nanoTime() - start) / 1e9;
      ExperimentFolder.finish(
          job.folder(),
          outcome,
          new TrialProvenance(CodeVersion.current(), Machine.current(), seconds));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + job.folder(), e);
    }
  }
}
