package org.jmoe.models.hub;

import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.safetensors.Widening;
import org.jmoe.models.family.PackedNumbers;
import org.jmoe.models.family.ScaleBlocks;
import org.jmoe.models.family.TensorTarget;

/**
 * The values of a tensor as stored in a file, or decoded to float32 if they are packed and have
 * scales in another tensor.
 *
 * @param target the target they are loaded into
 * @param place location of the tensor
 * @param scales location of the scales; equal to {@code place} if there are none
 * @param blocks the blocks that share a scale, for fp8
 */
record TensorRows(
    TensorTarget target, HubTensors.Located place, HubTensors.Located scales, ScaleBlocks blocks) {
  private static final ImmutableSet<DataType> SCALES = // bytes are exponents, F8_E8M0
      ImmutableSet.of(DataType.FLOAT32, DataType.BFLOAT16, DataType.UINT8);

  /**
   * Finds the values of a target and, if they are packed, their scales.
   *
   * @throws DataFormatException if a tensor is missing or has the wrong shape or type
   */
  static TensorRows of(TensorTarget target, HubTensors tensors, ScaleBlocks blocks) {
    HubTensors.Located place = tensors.find(target.name());
    require(place, target.name(), target.shape(), "config.json requires");
    if (target.packed()) {
      String name = target.name().replaceAll("_blocks$", "_scales");
      HubTensors.Located scales = tensors.find(name);
      int axes = target.shape().length() - 1;
      require(scales, name, target.shape().subArray(0, axes).trimmed(), "its blocks require");
      requireType(place, target.name(), DataType.UINT8);
      requireType(scales, name, DataType.UINT8);
      return new TensorRows(target, place, scales, blocks);
    }
    if (!place.entry().float8()) {
      return new TensorRows(target, place, place, blocks);
    }
    String name = target.name() + "_scale_inv";
    if (target.shape().length() != 2 || blocks.rows() == 0) {
      throw new DataFormatException(
          place.file(),
          ("contains tensor '%s' of type F8_E4M3, but config.json has no quantization_config for"
                  + " it; copy config.json of the same model")
              .formatted(target.name()));
    }
    HubTensors.Located scales = tensors.find(name);
    ImmutableLongArray shape =
        ImmutableLongArray.of(
            ceil(target.shape().get(0), blocks.rows()),
            ceil(target.shape().get(1), blocks.columns()));
    require(
        scales,
        name,
        shape,
        "blocks of %d x %d require".formatted(blocks.rows(), blocks.columns()));
    requireScales(scales, name);
    return new TensorRows(target, place, scales, blocks);
  }

  private static long ceil(long number, long divisor) {
    return (number + divisor - 1) / divisor;
  }

  private static void require(
      HubTensors.Located place, String name, ImmutableLongArray shape, String who) {
    if (!place.entry().shape().equals(shape)) {
      throw new DataFormatException(
          place.file(),
          "contains tensor '%s' of shape %s, but %s %s"
              .formatted(name, place.entry().shape(), who, shape));
    }
  }

  private static void requireType(HubTensors.Located place, String name, DataType type) {
    if (place.entry().type() != type) {
      throw new DataFormatException(
          place.file(),
          "contains tensor '%s' of type %s, but %s is required"
              .formatted(name, place.entry().type(), type));
    }
  }

  private static void requireScales(HubTensors.Located place, String name) {
    if (!SCALES.contains(place.entry().type()) || place.entry().float8()) {
      throw new DataFormatException(
          place.file(),
          "contains tensor '%s' of type %s; use F32, BF16 or F8_E8M0 for scales"
              .formatted(name, place.entry().type()));
    }
  }

  boolean isPacked() {
    return target.packed() || place.entry().float8();
  }

  /** Returns the data type that {@link #read} returns. */
  DataType type() {
    return isPacked() ? DataType.FLOAT32 : place.entry().type();
  }

  /** Returns the smallest data type in which the decoded values can be stored exactly. */
  DataType storedType() {
    return target.packed() ? DataType.BFLOAT16 : type();
  }

  /** Returns a display name of the storage format. */
  String form() {
    return target.packed()
        ? "MXFP4"
        : place.entry().float8() ? "FLOAT8_E4M3" : place.entry().type().name();
  }

  /** Returns the number of bytes in the files, including scales. */
  long storedBytes() {
    return place.entry().bytes() + (isPacked() ? scales.entry().bytes() : 0);
  }

  /**
   * Reads rows of the target's part.
   *
   * @param buffer used for unpacked values if it is large enough
   */
  ByteBuffer read(long row, long count, ByteBuffer buffer) {
    long rows = target.part().sizes().get(0);
    long each = place.entry().bytes() / rows;
    if (!isPacked() && count * each <= buffer.capacity()) {
      int length = Math.toIntExact(count * each);
      return place.tensors().bytes(target.name(), row * each, length, buffer);
    }
    ByteBuffer codes = bytes(place, target.name(), row, count, rows);
    if (!isPacked()) {
      return codes;
    }
    String name = scalesName();
    if (target.packed()) {
      return PackedNumbers.decodeMxfp4(codes, bytes(scales, name, row, count, rows));
    }
    return PackedNumbers.decodeE4m3(
        codes, row, Math.toIntExact(target.shape().get(1)), scaleValues(name), blocks);
  }

  private FloatBuffer scaleValues(String name) {
    DataType type = scales.entry().type();
    ByteBuffer stored = scales.tensors().bytes(name);
    return type == DataType.UINT8
        ? PackedNumbers.decodeE8m0(stored).asFloatBuffer()
        : Widening.widen(type, stored).asFloatBuffer();
  }

  /** Returns the name of the tensor with the scales. */
  String scalesName() {
    return target.packed()
        ? target.name().replaceAll("_blocks$", "_scales")
        : target.name() + "_scale_inv";
  }

  private static ByteBuffer bytes(
      HubTensors.Located place, String name, long row, long count, long rows) {
    long each = place.entry().bytes() / rows;
    return place.tensors().bytes(name, row * each, Math.toIntExact(count * each));
  }
}
