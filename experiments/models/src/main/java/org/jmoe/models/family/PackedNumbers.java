package org.jmoe.models.family;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Numbers of 4 and 8 bits with shared scales, as float32. */
public final class PackedNumbers {
  private static final int BLOCK = 32;
  private static final float[] FOUR = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

  private PackedNumbers() {}

  /** What 32 numbers of MXFP4 share a scale of. */
  public static int block() {
    return BLOCK;
  }

  /**
   * MXFP4 (Open Compute Project, Microscaling Formats 1.0): numbers of a sign, two bits of exponent
   * and one of mantissa, two a byte, the first in its low half; each 32 share a power of two.
   *
   * @param scales one byte each, the exponent and 127; 255 for NaN
   */
  public static ByteBuffer fours(ByteBuffer codes, ByteBuffer scales) {
    ByteBuffer result = floats(2L * codes.remaining());
    FloatBuffer numbers = result.asFloatBuffer();
    while (codes.hasRemaining()) {
      float scale = power(scales.get());
      for (int i = 0; i < BLOCK / 2; i++) {
        int two = codes.get();
        numbers.put(four(two) * scale).put(four(two >> 4) * scale);
      }
    }
    return result;
  }

  private static float four(int code) {
    float size = FOUR[code & 7];
    return (code & 8) == 0 ? size : -size;
  }

  private static float power(byte exponent) {
    int bits = Byte.toUnsignedInt(exponent);
    return bits == 255 ? Float.NaN : Math.scalb(1f, bits - 127);
  }

  /**
   * E4M3 (Micikevicius et al. 2022): a sign, four bits of exponent, three of mantissa, no
   * infinities; a block of rows and columns shares a factor.
   *
   * @param codes rows from the first on, of so many columns
   * @param scales row after row of factors
   */
  public static ByteBuffer eights(
      ByteBuffer codes, long first, int columns, FloatBuffer scales, ScaleBlocks blocks) {
    float[] table = new float[256];
    for (int code = 0; code < table.length; code++) {
      table[code] = eight(code);
    }
    int across = (columns + blocks.columns() - 1) / blocks.columns();
    ByteBuffer result = floats(codes.remaining());
    FloatBuffer numbers = result.asFloatBuffer();
    for (long row = first; codes.hasRemaining(); row++) {
      int line = Math.toIntExact(row / blocks.rows() * across);
      for (int column = 0; column < columns; column++) {
        float scale = scales.get(line + column / blocks.columns());
        numbers.put(table[Byte.toUnsignedInt(codes.get())] * scale);
      }
    }
    return result;
  }

  /** The value of an E4M3 code. */
  public static float eight(int code) {
    int exponent = code >> 3 & 15;
    int mantissa = code & 7;
    float size;
    if (exponent == 15 && mantissa == 7) {
      size = Float.NaN;
    } else if (exponent == 0) {
      size = Math.scalb((float) mantissa, -9);
    } else {
      size = Math.scalb(8f + mantissa, exponent - 10);
    }
    return (code & 128) == 0 ? size : -size;
  }

  private static ByteBuffer floats(long count) {
    return ByteBuffer.allocateDirect(Math.toIntExact(4 * count)).order(ByteOrder.nativeOrder());
  }
}
