package org.jmoe.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A disk whose n-th operation fails, after half of the data if it is a write; if killed, all later
 * operations fail too.
 */
public final class FaultyDisk implements Disk {
  private final Disk disk = Disk.real();
  private final int failAt;
  private final boolean killed;
  private int operations;

  public FaultyDisk(int failAt, boolean killed) {
    this.failAt = failAt;
    this.killed = killed;
  }

  public boolean failed() {
    return operations > failAt;
  }

  private boolean fails() {
    int operation = operations++;
    return killed ? operation >= failAt : operation == failAt;
  }

  private void check() throws IOException {
    if (fails()) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public Output create(Path file) throws IOException {
    check();
    Output output = disk.create(file);
    return new Output() {
      @Override
      public int write(ByteBuffer bytes) throws IOException {
        if (fails()) {
          output.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
          throw new IOException("No space left on device");
        }
        return output.write(bytes);
      }

      @Override
      public void force() throws IOException {
        check();
        output.force();
      }

      @Override
      public boolean isOpen() {
        return output.isOpen();
      }

      @Override
      public void close() throws IOException {
        output.close();
      }
    };
  }

  @Override
  public void createFolder(Path folder) throws IOException {
    check();
    disk.createFolder(folder);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    check();
    disk.forceFolder(folder);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    check();
    disk.rename(from, to);
  }

  @Override
  public void delete(Path folder) throws IOException {
    check();
    disk.delete(folder);
  }
}
