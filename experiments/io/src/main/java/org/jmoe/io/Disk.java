package org.jmoe.io;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** The disk operations needed to write a checkpoint; tests can make any of them fail. */
public interface Disk {
  /** A file being written. */
  interface Output extends WritableByteChannel {
    /** Forces the content to disk. */
    void force() throws IOException;
  }

  /** Creates a new file. */
  Output create(Path file) throws IOException;

  /** Creates a folder and its parents. */
  void createFolder(Path folder) throws IOException;

  /** Forces the entries of a folder to disk. */
  void forceFolder(Path folder) throws IOException;

  /** Renames a file or folder atomically. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a folder and its content, if it exists. */
  void delete(Path folder) throws IOException;

  /** Returns the file system of the machine. */
  static Disk real() {
    return new RealDisk();
  }
}
