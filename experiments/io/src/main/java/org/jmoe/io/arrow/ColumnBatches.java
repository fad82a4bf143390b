package org.jmoe.io.arrow;

import org.jspecify.annotations.Nullable;

/** Iterates over the batches of selected columns of a file. */
@FunctionalInterface
public interface ColumnBatches {
  /** Returns the next batch, which the caller closes, or null after the last. */
  @Nullable LoadedBatch next();
}
