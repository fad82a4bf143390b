package org.jmoe.models.hub;

import ai.djl.ndarray.types.DataType;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.ByteBuffer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.models.family.PackedNumbers;
import org.jmoe.models.family.ScaleBlocks;
import org.jmoe.models.family.TensorTarget;

/**
 * The numbers of a tensor as a file has them, or unpacked to float32 where they are of fewer bits
 * with scales in another tensor.
 *
 * @param target where they go
 * @param place where they lie
 * @param scales where their scales lie; the place itself where there are none
 * @param blocks what a factor is shared by, for numbers of 8 bits
 */
record TensorRows(
    TensorTarget target, HubTensors.Located place, HubTensors.Located scales, ScaleBlocks blocks) {
  /**
   * Finds a target's numbers and, where they are packed, their scales.
   *
   * @throws DataFormatException naming the file and the tensor that is missing or does not fit
   */
  static TensorRows of(TensorTarget target, HubTensors tensors, ScaleBlocks blocks) {
    HubTensors.Located place = tensors.find(target.name());
    require(place, target.name(), target.shape(), "config.json asks for");
    if (target.packed()) {
      String name = target.name().replaceAll("_blocks$", "_scales");
      HubTensors.Located scales = tensors.find(name);
      int axes = target.shape().length() - 1;
      require(scales, name, target.shape().subArray(0, axes).trimmed(), "its blocks ask for");
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
          "holds tensor '%s' of F8_E4M3, which config.json says nothing of"
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
        "blocks of %d x %d ask for".formatted(blocks.rows(), blocks.columns()));
    requireType(scales, name, DataType.FLOAT32);
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
          "holds tensor '%s' of shape %s, where %s %s"
              .formatted(name, place.entry().shape(), who, shape));
    }
  }

  private static void requireType(HubTensors.Located place, String name, DataType type) {
    if (place.entry().type() != type) {
      throw new DataFormatException(
          place.file(),
          "holds tensor '%s' of type %s, where %s is needed"
              .formatted(name, place.entry().type(), type));
    }
  }

  boolean isPacked() {
    return target.packed() || place.entry().float8();
  }

  /** The type that {@link #read} gives. */
  DataType type() {
    return isPacked() ? DataType.FLOAT32 : place.entry().type();
  }

  /** The type in which nothing is lost when the numbers are stored unpacked. */
  DataType storedType() {
    return target.packed() ? DataType.BFLOAT16 : type();
  }

  /** How its numbers are held, for people. */
  String form() {
    return target.packed()
        ? "MXFP4"
        : place.entry().float8() ? "FLOAT8_E4M3" : place.entry().type().name();
  }

  /** Bytes in the files, scales included. */
  long storedBytes() {
    return place.entry().bytes() + (isPacked() ? scales.entry().bytes() : 0);
  }

  /**
   * Rows of the target's part.
   *
   * @param buffer that plain numbers are read into where it has room
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
      return PackedNumbers.fours(codes, bytes(scales, name, row, count, rows));
    }
    Safetensors file = scales.tensors();
    return PackedNumbers.eights(
        codes,
        row,
        Math.toIntExact(target.shape().get(1)),
        file.bytes(name).asFloatBuffer(),
        blocks);
  }

  /** The tensor of the scales. */
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
