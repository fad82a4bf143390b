package org.jmoe.io;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** Everything that writing a checkpoint does to a disk, so that a test can let any of it fail. */
public interface Disk {
  /** A file being written. */
  interface Output extends WritableByteChannel {
    /** Makes what was written outlast a power failure. */
    void force() throws IOException;
  }

  /** Begins a new file. */
  Output create(Path file) throws IOException;

  /** Makes a new folder, its parents too. */
  void createFolder(Path folder) throws IOException;

  /** Makes the names within a folder outlast a power failure. */
  void forceFolder(Path folder) throws IOException;

  /** Renames at once or not at all. */
  void rename(Path from, Path to) throws IOException;

  /** Removes a folder and what is in it. */
  void delete(Path folder) throws IOException;

  /** The machine's disk. */
  static Disk real() {
    return new RealDisk();
  }
}
