package org.jmoe.experiments.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Preconditions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jmoe.tensor.NoGrad;

/** Writes arrays of any size in the safetensors format, in parts. */
final class SafetensorsWriter {
  /** Numbers copied out of the engine at once. */
  private static final long PART = 1 << 22;

  private SafetensorsWriter() {}

  static void write(Map<String, NDArray> arrays, WritableByteChannel channel) throws IOException {
    byte[] json = header(arrays);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    writeFully(channel, length.putLong(json.length).flip());
    writeFully(channel, ByteBuffer.wrap(json));
    for (NDArray array : arrays.values()) {
      write(array, channel);
    }
  }

  private static byte[] header(Map<String, NDArray> arrays) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    long at = 0;
    for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
      NDArray array = entry.getValue();
      ObjectNode node = header.putObject(entry.getKey());
      node.put("dtype", SafetensorsHeader.name(array.getDataType(), entry.getKey()));
      for (long size : array.getShape().getShape()) {
        node.withArray("shape").add(size);
      }
      node.withArray("shape");
      long bytes = Math.multiplyExact(array.size(), array.getDataType().getNumOfBytes());
      node.putArray("data_offsets").add(at).add(Math.addExact(at, bytes));
      at += bytes;
    }
    byte[] json = padded(header.toString());
    Preconditions.checkArgument(
        json.length <= Safetensors.MAX_HEADER,
        "the header of %s tensors has %s bytes, more than the format's %s",
        arrays.size(),
        json.length,
        Safetensors.MAX_HEADER);
    return json;
  }

  /** Readers may map the data, so it begins at a multiple of eight. */
  private static byte[] padded(String json) {
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(NDArray array, WritableByteChannel channel) throws IOException {
    if (array.size() <= PART) {
      writeFully(channel, array.toByteBuffer());
      return;
    }
    for (long from = 0; from < array.size(); from += PART) {
      long to = Math.min(array.size(), from + PART);
      writeFully(channel, part(array, from, to));
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
