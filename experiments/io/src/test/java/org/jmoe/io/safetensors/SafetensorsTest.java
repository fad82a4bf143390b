package org.jmoe.io.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.Bytes;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.io.DataFormatException;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SafetensorsTest {
  @RegisterExtension final BatchScope scope = new BatchScope();
  @TempDir Path folder = Path.of("");

  @Test
  void roundTrips() {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put("a/b", Tensors.random(scope.manager(), 1, 3, 2));
    arrays.put("f32", scope.manager().create(new float[] {1.5f, -0f, Float.NaN}));
    arrays.put("scalar", scope.manager().create(7L));
    arrays.put("empty", scope.manager().zeros(new Shape(0, 4)));
    arrays.put("flags", scope.manager().create(new boolean[] {true, false, true}));
    Path file = folder.resolve("t.safetensors");
    Safetensors.write(file, arrays);
    try (Safetensors tensors = Safetensors.open(file)) {
      assertEquals(arrays.keySet(), tensors.entries().keySet());
      arrays.forEach(
          (name, array) -> {
            Safetensors.Entry entry = Objects.requireNonNull(tensors.entries().get(name));
            assertEquals(array.getDataType(), entry.type(), name);
            assertArrayEquals(array.getShape().getShape(), entry.shape().toArray(), name);
            assertEquals(array.toByteBuffer(), tensors.bytes(name), name);
          });
      assertThrows(DataFormatException.class, () -> tensors.bytes("other"));
    }
  }

  /** A file as written by other implementations, following the format specification. */
  @Test
  void readsFilesOfOtherImplementations() throws IOException {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]},"
            + "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}   ";
    ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(-2).putFloat(0.5f).putFloat(-1);
    try (Safetensors tensors = Safetensors.open(file(header, data.array()))) {
      assertEquals(
          new Safetensors.Entry(DataType.FLOAT32, ImmutableLongArray.of(1, 2), 8, 16),
          tensors.entries().get("b"));
      assertEquals(-2, tensors.bytes("a").getLong());
      assertEquals(-1, tensors.bytes("b").getFloat(4));
    }
  }

  @Test
  void dataAreAligned() throws IOException {
    for (String name : List.of("a", "ab", "abc", "abcd", "é")) {
      Path file = folder.resolve("t.safetensors");
      Safetensors.write(file, Map.of(name, scope.manager().ones(new Shape(1))));
      assertEquals(0, (Files.size(file) - 4) % 8);
      Safetensors.open(file).close();
    }
  }

  static Stream<Arguments> malformed() {
    String ten =
        IntStream.range(0, 10)
            .mapToObj(i -> tensor("t" + i, "F32", "[2,2]", "[0,16]"))
            .collect(Collectors.joining(","));
    return Stream.of(
        Arguments.of("{" + ten + "}", 16, "overlap"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[0,16]") + "}", 30, "bytes of data"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[0,16]") + "}", 14, "bytes of data"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[0,4]") + "}", 4, "do not match its shape"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[4,20]") + "}", 20, "a gap"),
        Arguments.of(
            "{" + tensor("t", "I32", "[2,2]", "[16,0]") + "}", 16, "do not match its shape"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[-16,0]") + "}", 16, "invalid size"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[0.0,16.0]") + "}", 16, "invalid size"),
        Arguments.of("{" + tensor("t", "I32", "[2,2]", "[\"0\",16]") + "}", 16, "invalid size"),
        Arguments.of(
            "{" + tensor("t", "I32", "[2,2]", "[0]") + "}", 16, "invalid entry for tensor 't'"),
        Arguments.of(
            "{" + tensor("t", "I32", "4", "[0,16]") + "}", 16, "invalid entry for tensor 't'"),
        Arguments.of("{" + tensor("t", "I32", "[-2,-2]", "[0,16]") + "}", 16, "invalid size"),
        Arguments.of(
            "{" + tensor("t", "X32", "[2,2]", "[0,16]") + "}", 16, "invalid entry for tensor"),
        Arguments.of("{" + tensor("t", "F4", "[3]", "[0,2]") + "}", 2, "invalid entry for tensor"),
        Arguments.of(
            "{" + tensor("t", "I32", "[2,18446744073709551614]", "[0,16]") + "}",
            16,
            "invalid size"),
        Arguments.of(
            "{" + tensor("t", "I32", "[2,9223372036854775807]", "[0,16]") + "}",
            16,
            "invalid size"),
        Arguments.of(
            "{" + tensor("t", "U8", "[1]", "[0,1]") + "," + tensor("t", "U8", "[1]", "[0,1]") + "}",
            1,
            "not valid JSON"),
        Arguments.of(
            "{\"t\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}", 0, "not valid JSON"),
        Arguments.of("[]", 0, "not a JSON object"),
        Arguments.of("{} {}", 0, "not valid JSON"),
        Arguments.of("{", 0, "header"),
        Arguments.of("{\"t", 0, "not valid JSON"));
  }

  private static String tensor(String name, String type, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, type, shape, offsets);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedFilesAreRejected(String header, int bytes, String message) throws IOException {
    assertRefused(file(header, new byte[bytes]), message);
  }

  @Test
  void malformedStartsAreRejected() throws IOException {
    assertRefused(raw(), "too few");
    assertRefused(raw(0x3c, 0, 0, 0, 0, 0, 0, 0), "declares a header of 60 bytes");
    // Rejected before memory of that size is allocated.
    assertRefused(raw(0x3c, 0, 0, 0, 0, 0xff, 0xff, 0xff, '{', '}'), "declares a header of");
    assertRefused(raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, '{', '}'), "declares");
    assertRefused(raw(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), "not valid JSON");
    Path large = folder.resolve("large");
    Files.write(
        large, Bytes.concat(new byte[] {0, (byte) 0xe1, (byte) 0xf5, 5, 0, 0, 0, 0}, new byte[16]));
    assertRefused(large, "declares a header of 100000000 bytes");
  }

  @Test
  void truncationWhileOpenIsDetected() throws IOException {
    Path file = file("{" + tensor("t", "U8", "[8]", "[0,8]") + "}", new byte[8]);
    try (Safetensors tensors = Safetensors.open(file)) {
      byte[] all = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(all, all.length - 4));
      assertThrows(DataFormatException.class, () -> tensors.bytes("t"));
    }
  }

  @Test
  void emptyHeadersAndShapes() throws IOException {
    Safetensors.open(file("{}", new byte[0])).close();
    Safetensors.open(file("{" + tensor("t", "F32", "[0,3]", "[0,0]") + "}   ", new byte[0]))
        .close();
  }

  private void assertRefused(Path file, String message) {
    String found = Errors.message(DataFormatException.class, () -> Safetensors.open(file).close());
    assertTrue(found.contains(message), found);
    assertTrue(found.length() < 400, "a message of " + found.length() + " characters");
  }

  private Path file(String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length);
    return Files.write(
        folder.resolve("given.safetensors"), Bytes.concat(length.array(), json, data));
  }

  private Path raw(int... bytes) throws IOException {
    byte[] content = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      content[i] = (byte) bytes[i];
    }
    return Files.write(folder.resolve("raw.safetensors"), content);
  }
}
