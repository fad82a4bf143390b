package org.jmoe.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Positional, little-endian reads from a file. Every range is checked against the file size before
 * memory is allocated. Files are read into buffers and never memory-mapped, since truncating a
 * mapped file would kill the JVM.
 */
public final class FileBytes implements AutoCloseable {
  private static final int CHUNK = 1 << 24;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  private FileBytes(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  /** Opens a file for reading. */
  public static FileBytes open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new FileBytes(path, channel, channel.size());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /** Returns the path of the file. */
  public Path path() {
    return path;
  }

  /** Returns the size of the file in bytes. */
  public long size() {
    return size;
  }

  /** Returns an exception about this file. */
  public DataFormatException malformed(String problem) {
    return new DataFormatException(path, problem);
  }

  /** Reads the bytes [offset, offset + length) into a heap buffer. */
  public ByteBuffer read(long offset, int length, String what) {
    check(offset, length, what);
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    fill(offset, bytes, what);
    return bytes.flip();
  }

  /** Reads the bytes [offset, offset + length) into an off-heap buffer, which the caller closes. */
  public ArrowBuf read(BufferAllocator allocator, long offset, long length, String what) {
    check(offset, length, what);
    if (length == 0) {
      return allocator.getEmpty();
    }
    ArrowBuf bytes = allocator.buffer(length);
    boolean done = false;
    try {
      for (long at = 0; at < length; at += CHUNK) {
        int part = (int) Math.min(CHUNK, length - at);
        fill(offset + at, bytes.nioBuffer(at, part), what);
      }
      bytes.writerIndex(length);
      done = true;
      return bytes;
    } finally {
      if (!done) {
        bytes.close();
      }
    }
  }

  private void check(long offset, long length, String what) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw malformed(
          "is truncated or corrupt: %s needs %d bytes at offset %d, but the file has %d; write or copy the file again"
              .formatted(what, length, offset, size));
    }
  }

  private void fill(long offset, ByteBuffer target, String what) {
    try {
      long at = offset;
      while (target.hasRemaining()) {
        int count = channel.read(target, at);
        if (count < 0) {
          throw malformed(
              "was truncated while %s was being read; wait until its writer is finished"
                  .formatted(what));
        }
        at += count;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path, e);
    }
  }
}
