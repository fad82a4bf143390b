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
 * Tensors by name in the safetensors format, which no reader can be made to execute: eight bytes of
 * header length, a JSON header, the data. Tensors may have any size; they are read in parts.
 */
public final class Safetensors implements AutoCloseable {
  static final long MAX_HEADER = 100_000_000;

  /**
   * Where a tensor lies.
   *
   * @param type as stored; not every type is one that the engine takes, see {@link Widening}
   * @param begin first byte within the data
   * @param end byte after its last
   * @param eighth whether its bytes are numbers of {@code F8_E4M3}, which Java has no type for
   */
  public record Entry(
      DataType type, ImmutableLongArray shape, long begin, long end, boolean eighth) {
    /** A tensor of a type of Java's. */
    public Entry(DataType type, ImmutableLongArray shape, long begin, long end) {
      this(type, shape, begin, end, false);
    }

    /** Bytes of the tensor. */
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

  /** Writes the arrays, in their order, as a file that appears whole or not at all. */
  public static void write(Path file, Map<String, NDArray> arrays) {
    try (AtomicFile output = AtomicFile.create(file, true)) {
      SafetensorsWriter.write(arrays, output.channel());
      output.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * The bytes that come before the data of these tensors.
   *
   * @param metadata texts for readers, such as {@code format}; none are needed
   */
  public static byte[] header(Map<String, Entry> entries, Map<String, String> metadata) {
    return SafetensorsWriter.header(entries, metadata);
  }

  /**
   * Opens a file and checks its header: every tensor inside the file, none overlapping, no byte
   * left over.
   *
   * @throws DataFormatException when it is not so
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
      throw new DataFormatException(file, "states a header of " + length + " bytes");
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

  /** What the file holds, by name. */
  public Map<String, Entry> entries() {
    return entries;
  }

  /** Where a tensor lies. */
  public Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new DataFormatException(file, "holds no tensor '" + name + "'");
    }
    return entry;
  }

  /** All bytes of a tensor below 2 GiB, in a buffer of their own. */
  public ByteBuffer bytes(String name) {
    long length = entry(name).bytes();
    if (length > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + " has " + length + " bytes, more than a buffer; read it in parts");
    }
    return bytes(name, 0, (int) length);
  }

  /** Some bytes of a tensor, in a buffer of their own. */
  public ByteBuffer bytes(String name, long offset, int length) {
    try {
      return read(file, channel, start(name, offset, length), length)
          .order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * Some bytes of a tensor, into a direct buffer that is used again and again.
   *
   * @return the buffer's first bytes
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
   * Some bytes of a tensor without a copy, mapped into memory. For reading from Java alone: were
   * the file cut short meanwhile, Java would throw an {@link InternalError}, native code would end
   * the process.
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
          "bytes %d to %d of %s, which has %d"
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
