package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.DataType;
import com.google.common.primitives.ImmutableLongArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.family.PackedNumbers;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares MXFP4 and fp8 checkpoints with a reference over the decoded values. */
final class PackedCheckpointsTest {
  @TempDir Path folder = Path.of("");

  private final Map<String, byte[]> data = new LinkedHashMap<>();
  private final Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();

  private void add(String name, DataType type, boolean float8, byte[] bytes, long... shape) {
    long at = data.values().stream().mapToLong(b -> b.length).sum();
    data.put(name, bytes);
    entries.put(
        name,
        new Safetensors.Entry(
            type, ImmutableLongArray.copyOf(shape), at, at + bytes.length, float8));
  }

  private void add(String name, float[] numbers, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : numbers) {
      bytes.putFloat(number);
    }
    add(name, DataType.FLOAT32, false, bytes.array(), shape);
  }

  private void write(String config) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(Safetensors.header(entries, Map.of()));
    for (byte[] bytes : data.values()) {
      all.write(bytes);
    }
    Files.write(folder.resolve("model.safetensors"), all.toByteArray());
    Files.writeString(folder.resolve("config.json"), config);
  }

  private static final double[] FP4_VALUES = {
    0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6
  };

  @Test
  void mxfp4OfGptOss() throws IOException {
    String plain =
        Configs.all()
            .filter(c -> c.contains("gpt_oss"))
            .findFirst()
            .orElseThrow()
            .replace("\"hidden_size\": 16", "\"hidden_size\": 32")
            .replace("\"intermediate_size\": 9", "\"intermediate_size\": 64");
    Path start = Files.createDirectory(folder.resolve("plain"));
    Map<String, float[]> weights = TinyCheckpoint.write(start, plain, 11);
    Map<String, ImmutableLongArray> shapes = new LinkedHashMap<>();
    HubPlan plan = ModelFamilies.standard().plan(HubConfig.open(start));
    plan.tensors().hub().forEach(t -> shapes.put(t.name(), t.shape()));
    Random random = new Random(2);
    for (Map.Entry<String, float[]> weight : weights.entrySet()) {
      String name = weight.getKey();
      ImmutableLongArray shape = Objects.requireNonNull(shapes.get(name));
      if (!name.endsWith("_up_proj") && !name.endsWith("down_proj")) {
        add(name, weight.getValue(), shape.toArray());
        continue;
      }
      int experts = (int) shape.get(0);
      int inputs = (int) shape.get(1);
      int outputs = (int) shape.get(2);
      byte[] blocks = new byte[experts * outputs * inputs / 2];
      random.nextBytes(blocks);
      byte[] scales = new byte[experts * outputs * inputs / 32];
      for (int i = 0; i < scales.length; i++) {
        scales[i] = (byte) (124 - random.nextInt(3));
      }
      float[] decoded = weight.getValue(); // (E, in, out), as the reference reads it
      for (int e = 0; e < experts; e++) {
        for (int o = 0; o < outputs; o++) {
          for (int i = 0; i < inputs; i++) {
            int at = (e * outputs + o) * inputs + i;
            int nibble = i % 2 == 0 ? blocks[at / 2] & 15 : blocks[at / 2] >> 4 & 15;
            decoded[(e * inputs + i) * outputs + o] =
                (float) (FP4_VALUES[nibble] * Math.pow(2, scales[at / 32] - 127));
          }
        }
      }
      add(name + "_blocks", DataType.UINT8, false, blocks, experts, outputs, inputs / 32, 16);
      add(name + "_scales", DataType.UINT8, false, scales, experts, outputs, inputs / 32);
    }
    String packed =
        plain.replace(
            "{\"model_type\"",
            "{\"quantization_config\": {\"quant_method\": \"mxfp4\", \"modules_to_not_convert\":"
                + " [\"lm_head\"]}, \"model_type\"");
    write(packed);
    check(plain, weights);
    String name = "model.layers.1.mlp.experts.down_proj_scales";
    Safetensors.Entry scales = entries.remove(name);
    data.remove(name);
    shift(scales);
    write(packed);
    String message = Errors.message(DataFormatException.class, () -> HubModel.open(folder));
    assertTrue(message.contains("model.safetensors") && message.contains(name), message);
  }

  /** Moves later tensors into the gap left by a removed tensor. */
  private void shift(Safetensors.Entry gone) {
    entries.replaceAll(
        (n, e) ->
            e.begin() < gone.begin()
                ? e
                : new Safetensors.Entry(
                    e.type(),
                    e.shape(),
                    e.begin() - gone.bytes(),
                    e.end() - gone.bytes(),
                    e.float8()));
  }

  private void check(String plain, Map<String, float[]> weights) throws IOException {
    double[][] expected =
        new PlainDecoder(Json.plain().readTree(plain), weights).logits(OwnCheckpointsTest.IDS);
    Path copy = folder.resolve("copy");
    try (HubModel hub = HubModel.open(folder)) {
      OwnCheckpointsTest.assertLogits(expected, OwnCheckpointsTest.logits(hub));
      new HubExport(copy, null).write(hub);
      try (HubModel again = HubModel.open(copy)) {
        assertArrayEquals(OwnCheckpointsTest.logits(hub), OwnCheckpointsTest.logits(again));
      }
    }
    assertTrue(
        HubSummary.of(folder, ModelFamilies.standard()).at("/memory/storedBytes").size() > 1);
  }

  /** Types of scales in published checkpoints: DeepSeek-V3, Qwen3 and scale_fmt ue8m0. */
  @ParameterizedTest
  @ValueSource(strings = {"F32", "BF16", "F8_E8M0"})
  void fp8WithScales(String type) throws IOException {
    String plain = Configs.all().filter(c -> c.contains("deepseek_v3")).findFirst().orElseThrow();
    Path start = Files.createDirectory(folder.resolve("plain"));
    Map<String, float[]> weights = TinyCheckpoint.write(start, plain, 12);
    Map<String, ImmutableLongArray> shapes = new LinkedHashMap<>();
    ModelFamilies.standard()
        .plan(HubConfig.open(start))
        .tensors()
        .hub()
        .forEach(t -> shapes.put(t.name(), t.shape()));
    Random random = new Random(3);
    for (Map.Entry<String, float[]> weight : weights.entrySet()) {
      String name = weight.getKey();
      ImmutableLongArray shape = Objects.requireNonNull(shapes.get(name));
      boolean packed = name.matches(".*(proj|proj_with_mqa).*weight") && shape.length() == 2;
      if (!packed) {
        add(name, weight.getValue(), shape.toArray());
        continue;
      }
      int outputs = (int) shape.get(0);
      int inputs = (int) shape.get(1);
      byte[] codes = new byte[outputs * inputs];
      float[] scales = new float[(outputs + 3) / 4 * ((inputs + 4) / 5)];
      for (int i = 0; i < scales.length; i++) {
        scales[i] = rounded(0.05f + 0.1f * random.nextFloat(), type);
      }
      float[] decoded = weight.getValue();
      for (int i = 0; i < codes.length; i++) {
        codes[i] = (byte) (random.nextInt(72) | random.nextInt(2) << 7); // up to 2^2
        int code = Byte.toUnsignedInt(codes[i]);
        int exponent = code >> 3 & 15;
        double size =
            exponent == 0
                ? (code & 7) / 8.0 * Math.pow(2, -6)
                : (1 + (code & 7) / 8.0) * Math.pow(2, exponent - 7);
        int row = i / inputs / 4;
        int column = i % inputs / 5;
        decoded[i] =
            (float) ((code > 127 ? -size : size) * scales[row * ((inputs + 4) / 5) + column]);
      }
      add(name, DataType.UINT8, true, codes, outputs, inputs);
      addScales(name + "_scale_inv", scales, type, (outputs + 3) / 4, (inputs + 4) / 5);
    }
    String config =
        plain.replace(
            "{\"model_type\"",
            "{\"quantization_config\": {\"quant_method\": \"fp8\", \"fmt\": \"e4m3\","
                + " \"activation_scheme\": \"dynamic\", \"weight_block_size\": [4, 5]},"
                + " \"model_type\"");
    write(config);
    if (type.equals("F8_E8M0")) {
      rename("\"U8\"", "\"F8_E8M0\"");
      check(plain, weights);
      return;
    }
    check(plain, weights);
    write(plain);
    String message = Errors.message(DataFormatException.class, () -> HubModel.open(folder));
    assertTrue(
        message.contains("of type F8_E4M3, but config.json has no quantization_config"), message);
    write(config.replace("[4, 5]", "[128, 128]"));
    message = Errors.message(DataFormatException.class, () -> HubModel.open(folder));
    assertTrue(message.contains("_scale_inv") && message.contains("[1, 1]"), message);
    write(config.replace("\"fmt\"", "\"ignored\""));
    message = Errors.message(DataFormatException.class, () -> HubModel.open(folder));
    assertTrue(message.contains("ignored"), message);
  }

  private static float rounded(float scale, String type) {
    return switch (type) {
      case "F32" -> scale;
      case "BF16" -> Float.intBitsToFloat(Float.floatToIntBits(scale) & 0xffff0000);
      default -> (float) Math.pow(2, Math.getExponent(scale));
    };
  }

  private void addScales(String name, float[] scales, String type, long... shape) {
    if (type.equals("F32")) {
      add(name, scales, shape);
      return;
    }
    boolean bytes = type.equals("F8_E8M0");
    ByteBuffer stored =
        ByteBuffer.allocate((bytes ? 1 : 2) * scales.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float scale : scales) {
      if (bytes) {
        stored.put((byte) (127 + Math.getExponent(scale)));
      } else {
        stored.putShort((short) (Float.floatToIntBits(scale) >> 16));
      }
    }
    add(name, bytes ? DataType.UINT8 : DataType.BFLOAT16, false, stored.array(), shape);
  }

  /** Renames a type in the header of the weights. */
  private void rename(String type, String other) throws IOException {
    Path file = folder.resolve("model.safetensors");
    ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(all.getLong(0));
    byte[] header =
        new String(all.array(), 8, length, StandardCharsets.UTF_8)
            .replace(type, other)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer renamed =
        ByteBuffer.allocate(all.capacity() + header.length - length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header)
            .put(all.array(), 8 + length, all.capacity() - 8 - length);
    Files.write(file, renamed.array());
  }

  /** Expected values are computed by hand from the definition. */
  @Test
  void decodesE4m3() {
    assertEquals(0, PackedNumbers.e4m3(0));
    assertEquals(Math.pow(2, -9), PackedNumbers.e4m3(1));
    assertEquals(Math.pow(2, -6), PackedNumbers.e4m3(8));
    assertEquals(1, PackedNumbers.e4m3(0x38));
    assertEquals(-1.875, PackedNumbers.e4m3(0xbf));
    assertEquals(448, PackedNumbers.e4m3(0x7e));
    assertTrue(Float.isNaN(PackedNumbers.e4m3(0x7f)));
  }
}
