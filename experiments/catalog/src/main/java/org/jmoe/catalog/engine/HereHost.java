package org.jmoe.catalog.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.jmoe.extension.Extensions;
import org.jmoe.training.results.CodeVersion;
import org.jmoe.training.results.Machine;

/** Carries out trials in this process, one at a time. */
public final class HereHost implements TrialHost {
  private final Extensions extensions;

  /** With the extensions on the class path. */
  public HereHost() {
    this(Extensions.load());
  }

  /** With these extensions for the trials' runs. */
  public HereHost(Extensions extensions) {
    this.extensions = extensions;
  }

  @Override
  public synchronized void carryOut(Order order, Watch watch) {
    long start = System.nanoTime();
    try {
      Files.createDirectories(order.folder().toAbsolutePath().getParent());
      Outcome outcome = order.arm().trial().run(order.seed(), order.folder(), extensions, watch);
      Files.createDirectories(order.folder());
      double seconds = (System.nanoTime() - start) / 1e9;
      ExperimentFolder.finish(
          order.folder(), outcome, new Origin(CodeVersion.current(), Machine.current(), seconds));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + order.folder(), e);
    }
  }
}
