package org.jmoe.view.data;

import java.nio.file.Path;

/**
 * A folder that the page shows.
 *
 * @param id identifies it in requests: the number of its root and its path below
 * @param name path as shown to users
 * @param kind kind of its contents
 * @param path path of the folder
 */
public record Folder(String id, String name, Kind kind, Path path) {
  /** Kinds of folder. */
  public enum Kind {
    /** A training run. */
    RUN,
    /** An experiment, whose trials may be runs. */
    EXPERIMENT,
    /** A published checkpoint. */
    CHECKPOINT
  }
}
