package org.jmoe.io.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.io.safetensors.Safetensors.Entry;
import org.jmoe.tensor.NoGrad;

/** Writes arrays of any size in the safetensors format, in chunks. */
public final class SafetensorsWriter {
  /** Number of elements per copy from the engine. */
  private static final long CHUNK = 1 << 22;

  private SafetensorsWriter() {}

  /** Writes arrays by name, in the order of the map. */
  public static void write(Map<String, NDArray> arrays, WritableByteChannel channel)
      throws IOException {
    write(SplitArray.all(arrays), channel);
  }

  /** Writes unsharded arrays: the file does not depend on the number of devices. */
  public static void write(List<SplitArray> arrays, WritableByteChannel channel)
      throws IOException {
    writeFully(channel, ByteBuffer.wrap(header(entries(arrays), Map.of())));
    for (SplitArray array : arrays) {
      write(array, channel);
    }
  }

  private static Map<String, Entry> entries(List<SplitArray> arrays) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (SplitArray array : arrays) {
      ImmutableLongArray shape = ImmutableLongArray.copyOf(array.shape().getShape());
      long bytes = Math.multiplyExact(array.shape().size(), array.type().getNumOfBytes());
      Entry entry = new Entry(array.type(), shape, at, Math.addExact(at, bytes));
      Preconditions.checkArgument(
          entries.put(array.name(), entry) == null, "two arrays are named '%s'", array.name());
      at += bytes;
    }
    return entries;
  }

  /** Returns eight bytes of length followed by the JSON. */
  static byte[] header(Map<String, Entry> entries, Map<String, String> metadata) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject("__metadata__")::put);
    }
    entries.forEach(
        (name, entry) -> {
          ObjectNode node = header.putObject(name);
          node.put("dtype", SafetensorsHeader.name(entry, name));
          ArrayNode shape = node.putArray("shape");
          entry.shape().forEach(shape::add);
          node.putArray("data_offsets").add(entry.begin()).add(entry.end());
        });
    byte[] json = padded(header.toString());
    Preconditions.checkArgument(
        json.length <= Safetensors.MAX_HEADER,
        "the header of %s tensors has %s bytes, more than the format's %s",
        entries.size(),
        json.length,
        Safetensors.MAX_HEADER);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(json.length).put(json).array();
  }

  /** Pads the header so that the data are aligned to eight bytes, for readers that map the file. */
  private static byte[] padded(String json) {
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(SplitArray array, WritableByteChannel channel) throws IOException {
    SplitArray.Piece first = array.pieces().get(0);
    if (first.rows().isEmpty()) {
      write(first.array(), 0, first.array().size(), channel);
      return;
    }
    int rows = Math.toIntExact(array.shape().get(0));
    long width = array.shape().size() / rows;
    NDArray[] source = new NDArray[rows];
    int[] at = new int[rows];
    for (SplitArray.Piece piece : array.pieces()) {
      for (int i = 0; i < piece.rows().length(); i++) {
        source[piece.rows().get(i)] = piece.array();
        at[piece.rows().get(i)] = i;
      }
    }
    for (int row = 0; row < rows; row++) {
      write(source[row], at[row] * width, (at[row] + 1) * width, channel);
    }
  }

  private static void write(NDArray array, long begin, long end, WritableByteChannel channel)
      throws IOException {
    if (array.size() <= CHUNK && end - begin == array.size()) {
      writeFully(channel, array.toByteBuffer());
      return;
    }
    for (long from = begin; from < end; from += CHUNK) {
      writeFully(channel, part(array, from, Math.min(end, from + CHUNK)));
    }
  }

  private static ByteBuffer part(NDArray array, long from, long to) {
    try (NDManager scope = array.getManager().newSubManager()) {
      return NoGrad.get(
          () -> {
            NDArray flat = array.reshape(new Shape(array.size())); // (N)
            flat.attach(scope);
            NDArray part = flat.get(new NDIndex("%d:%d".formatted(from, to))); // (M)
            part.attach(scope);
            return part.toByteBuffer();
          });
    }
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
