package org.jmoe.io.arrow;

import org.jspecify.annotations.Nullable;

/** Chosen columns of a file, batch by batch. */
@FunctionalInterface
public interface ColumnBatches {
  /** The next batch, null after the last; the caller closes it. */
  @Nullable LoadedBatch next();
}
