package org.jmoe.io.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.DataFormatException;

/**
 * Reads files in the safetensors format: eight bytes of header length, a JSON header and the data.
 * Tensors may have any size; they are read in chunks.
 */
public final class Safetensors implements AutoCloseable {
  static final long MAX_HEADER = 100_000_000;

  /**
   * Type, shape and position of a tensor.
   *
   * @param type stored type; the engine does not support all of them, see {@link Widening}
   * @param begin offset of the first byte within the data
   * @param end offset after the last byte
   * @param float8 whether the bytes are {@code F8_E4M3} numbers, which have no {@link DataType}
   */
  public record Entry(
      DataType type, ImmutableLongArray shape, long begin, long end, boolean float8) {
    /** Creates an entry with a supported type. */
    public Entry(DataType type, ImmutableLongArray shape, long begin, long end) {
      this(type, shape, begin, end, false);
    }

    /** Returns the size in bytes. */
    public long bytes() {
      return end - begin;
    }
  }

  private final Path file;
  private final FileChannel channel;
  private final long dataStart;
  private final Map<String, Entry> entries;

  private Safetensors(Path file, FileChannel channel, long start, Map<String, Entry> entries) {
    this.file = file;
    this.channel = channel;
    this.dataStart = start;
    this.entries = entries;
  }

  /** Writes the arrays in map order to a file, atomically. */
  public static void write(Path file, Map<String, NDArray> arrays) {
    try (AtomicFile output = AtomicFile.create(file, true)) {
      SafetensorsWriter.write(arrays, output.channel());
      output.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * Returns the header of a file with these tensors.
   *
   * @param metadata optional metadata, such as {@code format}
   */
  public static byte[] header(Map<String, Entry> entries, Map<String, String> metadata) {
    return SafetensorsWriter.header(entries, metadata);
  }

  /**
   * Opens a file and checks that its tensors cover the data without gaps or overlaps.
   *
   * @throws DataFormatException if the file is malformed
   */
  public static Safetensors open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      boolean opened = false;
      try {
        Safetensors tensors = parse(file, channel);
        opened = true;
        return tensors;
      } finally {
        if (!opened) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static Safetensors parse(Path file, FileChannel channel) throws IOException {
    if (channel.size() < 8) {
      throw new DataFormatException(file, "has " + channel.size() + " bytes, too few for a header");
    }
    long length = read(file, channel, 0, 8).getLong();
    if (length < 2 || length > MAX_HEADER || length > channel.size() - 8) {
      throw new DataFormatException(
          file,
          "declares a header of " + length + " bytes, which is not possible in a file of its size");
    }
    byte[] json = new byte[(int) length];
    read(file, channel, 8, (int) length).get(json);
    Map<String, Entry> entries =
        new SafetensorsHeader(file).entries(json, channel.size() - 8 - length);
    return new Safetensors(file, channel, 8 + length, entries);
  }

  private static ByteBuffer read(Path file, FileChannel channel, long at, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    fill(file, channel, at, bytes);
    return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void fill(Path file, FileChannel channel, long at, ByteBuffer bytes)
      throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new DataFormatException(file, "ends at byte " + (at + bytes.position()));
      }
    }
  }

  /** Returns the entries of all tensors by name. */
  public Map<String, Entry> entries() {
    return entries;
  }

  /** Returns the entry of a tensor. */
  public Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new DataFormatException(file, "contains no tensor '" + name + "'");
    }
    return entry;
  }

  /** Returns all bytes of a tensor smaller than 2 GiB in a new buffer. */
  public ByteBuffer bytes(String name) {
    long length = entry(name).bytes();
    if (length > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + " has " + length + " bytes, too many for one buffer; read it in chunks");
    }
    return bytes(name, 0, (int) length);
  }

  /** Returns a range of bytes of a tensor in a new buffer. */
  public ByteBuffer bytes(String name, long offset, int length) {
    try {
      return read(file, channel, start(name, offset, length), length)
          .order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * Reads a range of bytes of a tensor into a reusable direct buffer.
   *
   * @return slice of the buffer with the bytes
   */
  public ByteBuffer bytes(String name, long offset, int length, ByteBuffer buffer) {
    try {
      ByteBuffer part = buffer.slice(0, length);
      fill(file, channel, start(name, offset, length), part);
      return part.flip().order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * Returns a range of bytes of a tensor as a memory-mapped buffer, which must only be accessed
   * from Java: if the file is truncated, Java throws an {@link InternalError}, but native code
   * would crash the process.
   */
  public ByteBuffer mapped(String name, long offset, int length) {
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, start(name, offset, length), length)
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot map " + file, e);
    }
  }

  private long start(String name, long offset, int length) throws IOException {
    Entry entry = entry(name);
    if (offset < 0 || length < 0 || offset > entry.bytes() - length) {
      throw new IllegalArgumentException(
          "bytes %d to %d of %s are out of range: it has %d bytes"
              .formatted(offset, offset + length, name, entry.bytes()));
    }
    long at = dataStart + entry.begin() + offset;
    if (channel.size() < at + length) {
      throw new DataFormatException(file, "ends at byte " + channel.size());
    }
    return at;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }
}
