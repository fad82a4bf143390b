package org.jmoe.models.family;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Decodes 4-bit and 8-bit floating-point numbers with shared scales to float32. */
public final class PackedNumbers {
  private static final int BLOCK = 32;
  private static final float[] FP4_VALUES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

  private PackedNumbers() {}

  /** Returns the number of MXFP4 values that share a scale. */
  public static int block() {
    return BLOCK;
  }

  /**
   * Decodes MXFP4 (Open Compute Project, Microscaling Formats 1.0). Values have a sign bit, two
   * exponent bits and one mantissa bit. A byte contains two values, the first in the low half. Each
   * block of 32 values shares a power-of-two scale.
   *
   * @param scales one byte per block: the exponent plus 127, or 255 for NaN
   */
  public static ByteBuffer decodeMxfp4(ByteBuffer codes, ByteBuffer scales) {
    ByteBuffer result = floats(2L * codes.remaining());
    FloatBuffer numbers = result.asFloatBuffer();
    while (codes.hasRemaining()) {
      float scale = power(scales.get());
      for (int i = 0; i < BLOCK / 2; i++) {
        int pair = codes.get();
        numbers.put(fp4(pair) * scale).put(fp4(pair >> 4) * scale);
      }
    }
    return result;
  }

  private static float fp4(int code) {
    float magnitude = FP4_VALUES[code & 7];
    return (code & 8) == 0 ? magnitude : -magnitude;
  }

  /** Decodes E8M0: powers of two, stored as the exponent plus 127, or 255 for NaN. */
  public static ByteBuffer decodeE8m0(ByteBuffer exponents) {
    ByteBuffer result = floats(exponents.remaining());
    FloatBuffer numbers = result.asFloatBuffer();
    while (exponents.hasRemaining()) {
      numbers.put(power(exponents.get()));
    }
    return result;
  }

  private static float power(byte exponent) {
    int bits = Byte.toUnsignedInt(exponent);
    return bits == 255 ? Float.NaN : Math.scalb(1f, bits - 127);
  }

  /**
   * Decodes E4M3 (Micikevicius et al. 2022). Values have a sign bit, four exponent bits and three
   * mantissa bits; there are no infinities. Each block of rows and columns shares a scale.
   *
   * @param codes rows of {@code columns} values, starting with row {@code first}
   * @param scales one scale per block, in row-major order
   */
  public static ByteBuffer decodeE4m3(
      ByteBuffer codes, long first, int columns, FloatBuffer scales, ScaleBlocks blocks) {
    float[] table = new float[256];
    for (int code = 0; code < table.length; code++) {
      table[code] = e4m3(code);
    }
    int blockColumns = (columns + blocks.columns() - 1) / blocks.columns();
    ByteBuffer result = floats(codes.remaining());
    FloatBuffer numbers = result.asFloatBuffer();
    for (long row = first; codes.hasRemaining(); row++) {
      int line = Math.toIntExact(row / blocks.rows() * blockColumns);
      for (int column = 0; column < columns; column++) {
        float scale = scales.get(line + column / blocks.columns());
        numbers.put(table[Byte.toUnsignedInt(codes.get())] * scale);
      }
    }
    return result;
  }

  /** Returns the value of an E4M3 code. */
  public static float e4m3(int code) {
    int exponent = code >> 3 & 15;
    int mantissa = code & 7;
    float magnitude;
    if (exponent == 15 && mantissa == 7) {
      magnitude = Float.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((float) mantissa, -9);
    } else {
      magnitude = Math.scalb(8f + mantissa, exponent - 10);
    }
    return (code & 128) == 0 ? magnitude : -magnitude;
  }

  private static ByteBuffer floats(long count) {
    return ByteBuffer.allocateDirect(Math.toIntExact(4 * count)).order(ByteOrder.nativeOrder());
  }
}
