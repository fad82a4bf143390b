package org.jmoe.training.log;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;

/** Contributes the loggers of {@code --log}. */
public final class LogExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.value(RunLogger.class, new TensorBoardLogger());
  }
}
