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
 * A file read by position, little-endian, with every range checked against the file's size before
 * memory is allocated. Files are read into buffers and never mapped: a mapped file that shrinks
 * would kill the JVM.
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

  /** The file. */
  public Path path() {
    return path;
  }

  /** Bytes of the file. */
  public long size() {
    return size;
  }

  /** An error about this file. */
  public DataFormatException broken(String problem) {
    return new DataFormatException(path, problem);
  }

  /** The bytes [offset, offset + length) on the heap. */
  public ByteBuffer read(long offset, int length, String what) {
    check(offset, length, what);
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    fill(offset, bytes, what);
    return bytes.flip();
  }

  /** The bytes [offset, offset + length) off-heap; the caller releases the buffer. */
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
      throw broken(
          "is truncated or corrupt: %s needs %d bytes at offset %d and the file has %d; write or copy the file again"
              .formatted(what, length, offset, size));
    }
  }

  private void fill(long offset, ByteBuffer target, String what) {
    try {
      long at = offset;
      while (target.hasRemaining()) {
        int count = channel.read(target, at);
        if (count < 0) {
          throw broken(
              "became shorter while %s was read; wait until its writer is done".formatted(what));
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
