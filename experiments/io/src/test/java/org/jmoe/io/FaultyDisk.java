package org.jmoe.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A disk that fails at its n-th operation, half a write included; and ever after, if it died. */
public final class FaultyDisk implements Disk {
  private final Disk disk = Disk.real();
  private final int failAt;
  private final boolean dies;
  private int operations;

  public FaultyDisk(int failAt, boolean dies) {
    this.failAt = failAt;
    this.dies = dies;
  }

  public boolean failed() {
    return operations > failAt;
  }

  private boolean fails() {
    int operation = operations++;
    return dies ? operation >= failAt : operation == failAt;
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
