package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.testing.BatchScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tensors larger than a buffer, of every type, and in large numbers. */
final class LargeTensorTest {
  @RegisterExtension final BatchScope scope = new BatchScope();
  @TempDir Path folder = Path.of("");

  /** Uses a sparse file of three gigabytes. */
  @Test
  void moreThanTwoGibibytes() throws IOException {
    long bytes = 3L << 30;
    Path file = folder.resolve("large.safetensors");
    String header =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3,268435456],\"data_offsets\":[0,%d]},"
                .formatted(bytes)
            + "\"b\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[%d,%d]}}"
                .formatted(bytes, bytes + 8);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      byte[] json = header.getBytes(StandardCharsets.UTF_8);
      channel.write(little(8).putLong(json.length).flip());
      channel.write(ByteBuffer.wrap(json));
      long data = 8L + json.length;
      channel.write(little(4).putFloat(1.5f).flip(), data + bytes - 4);
      channel.write(little(8).putLong(-7).flip(), data + bytes);
    }
    try (Safetensors tensors = Safetensors.open(file)) {
      assertEquals(1.5f, tensors.bytes("a", bytes - 4, 4).getFloat());
      assertEquals(1.5f, tensors.mapped("a", bytes - 4, 4).getFloat());
      assertEquals(0f, tensors.mapped("a", 1L << 31, 4).getFloat());
      assertEquals(-7, tensors.bytes("b").getLong());
      assertThrows(IllegalArgumentException.class, () -> tensors.bytes("a"));
      assertThrows(IllegalArgumentException.class, () -> tensors.bytes("a", bytes - 3, 4));
      assertThrows(IllegalArgumentException.class, () -> tensors.mapped("a", -1, 4));
    }
  }

  /** The array is larger than one chunk. */
  @Test
  void arraysAreLoadedInChunks() {
    NDArray large = scope.manager().arange(0, (1 << 22) + 1000).reshape(2, -1);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put("large", large.toType(DataType.FLOAT32, false));
    arrays.put("scalar", scope.manager().create(3f));
    arrays.put("empty", scope.manager().zeros(new Shape(0, 3)));
    Path file = folder.resolve("parts.safetensors");
    Safetensors.write(file, arrays);
    Map<String, NDArray> targets = new LinkedHashMap<>();
    arrays.forEach((name, array) -> targets.put(name, scope.manager().zeros(array.getShape())));
    Checkpoint.load(SplitArray.all(targets), "test", file, scope.manager());
    arrays.forEach(
        (name, array) -> assertArrayEquals(array.toFloatArray(), values(targets, name), name));
  }

  private static float[] values(Map<String, NDArray> arrays, String name) {
    NDArray array = arrays.get(name);
    return array == null ? new float[0] : array.toFloatArray();
  }

  @Test
  void unsupportedTypesAreWidened() throws IOException {
    String header =
        "{\"bf\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},"
            + "\"i\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[4,6]},"
            + "\"u\":{\"dtype\":\"U16\",\"shape\":[1],\"data_offsets\":[6,8]},"
            + "\"w\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    byte[] bytes = new byte[12];
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    data.putShort((short) 0x3fc0).putShort((short) 0xc000).putShort((short) -2);
    data.putShort((short) -2).putInt(-2);
    Path file = write(header, bytes);
    Map<String, NDArray> targets = new LinkedHashMap<>();
    targets.put("bf", scope.manager().zeros(new Shape(2)));
    targets.put("i", scope.manager().zeros(new Shape(1), DataType.INT32));
    targets.put("u", scope.manager().zeros(new Shape(1), DataType.INT32));
    targets.put("w", scope.manager().zeros(new Shape(1), DataType.INT64));
    Checkpoint.load(SplitArray.all(targets), "test", file, scope.manager());
    assertArrayEquals(new float[] {1.5f, -2}, values(targets, "bf"));
    assertEquals("[-2]", text(targets, "i"));
    assertEquals("[65534]", text(targets, "u"));
    assertEquals("[4294967294]", text(targets, "w"));
  }

  private static String text(Map<String, NDArray> arrays, String name) {
    NDArray array = arrays.get(name);
    return array == null ? "none" : java.util.Arrays.toString(array.toArray());
  }

  @Test
  void unsignedOverflowIsRejected() throws IOException {
    Path file =
        write(
            "{\"u\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
            little(8).putLong(-1).array());
    Map<String, NDArray> target = Map.of("u", scope.manager().zeros(new Shape(1), DataType.INT64));
    assertThrows(
        DataFormatException.class,
        () -> Checkpoint.load(SplitArray.all(target), "test", file, scope.manager()));
  }

  @Test
  void hundredThousandTensors() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 100_000; i++) {
      header.append(i == 0 ? "" : ",").append("\"layer/").append(i);
      header.append("\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[");
      header.append(i).append(',').append(i + 1).append("]}");
    }
    try (Safetensors tensors = Safetensors.open(write(header + "}", new byte[100_000]))) {
      assertEquals(100_000, tensors.entries().size());
    }
  }

  private Path write(String header, byte[] data) throws IOException {
    Path file = folder.resolve("given.safetensors");
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(little(8).putLong(json.length).flip());
      channel.write(ByteBuffer.wrap(json));
      channel.write(ByteBuffer.wrap(data));
    }
    return file;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
