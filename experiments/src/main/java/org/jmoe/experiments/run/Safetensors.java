package org.jmoe.experiments.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.experiments.data.AtomicFile;
import org.jmoe.experiments.data.DataFormatException;

/**
 * Tensors by name in the safetensors format, which no reader can be made to execute: eight bytes of
 * header length, a JSON header, the data.
 */
public final class Safetensors implements AutoCloseable {
  private static final long MAX_HEADER = 100_000_000;

  /**
   * Where a tensor lies.
   *
   * @param begin first byte within the data
   * @param end byte after its last
   */
  public record Entry(DataType type, ImmutableLongArray shape, long begin, long end) {}

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
    Map<String, Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
      NDArray array = entry.getValue();
      ImmutableLongArray shape = ImmutableLongArray.copyOf(array.getShape().getShape());
      long end = at + array.size() * array.getDataType().getNumOfBytes();
      entries.put(entry.getKey(), new Entry(array.getDataType(), shape, at, end));
      at = end;
    }
    byte[] header = header(entries, Map.of());
    try (AtomicFile output = AtomicFile.create(file, true)) {
      writeFully(output.channel(), ByteBuffer.wrap(header));
      for (NDArray array : arrays.values()) {
        writeFully(output.channel(), array.toByteBuffer());
      }
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
    ObjectNode header = new ObjectMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject("__metadata__")::put);
    }
    entries.forEach(
        (name, entry) -> {
          ObjectNode node = header.putObject(name);
          node.put("dtype", SafetensorsHeader.name(entry.type(), name));
          ArrayNode shape = node.putArray("shape");
          entry.shape().forEach(shape::add);
          node.putArray("data_offsets").add(entry.begin()).add(entry.end());
        });
    byte[] json = padded(header.toString());
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(json.length).put(json).array();
  }

  /** Readers may map the data, so it begins at a multiple of eight. */
  private static byte[] padded(String json) {
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
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
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new DataFormatException(file, "ends at byte " + (at + bytes.position()));
      }
    }
    return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What the file holds, by name. */
  public Map<String, Entry> entries() {
    return entries;
  }

  /** The bytes of a tensor, below 2 GiB, in a buffer of their own. */
  public ByteBuffer bytes(String name) {
    Entry entry = entry(name);
    return bytes(name, 0, Math.toIntExact(entry.end() - entry.begin()));
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new DataFormatException(file, "holds no tensor '" + name + "'");
    }
    return entry;
  }

  /** Some of the bytes of a tensor, in a buffer of their own. */
  public ByteBuffer bytes(String name, long from, int length) {
    try {
      long at = dataStart + entry(name).begin() + from;
      return read(file, channel, at, length).order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
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
