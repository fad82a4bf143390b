package org.jmoe.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Conversion between bfloat16, the upper half of a float32, and float32. */
final class BrainFloats {
  private static final int HALF = 16;
  private static final int ROUND = 0x7fff;
  private static final int QUIET = 0x7fc0;

  private BrainFloats() {}

  /** Converts to float32, in the given direct buffer if it is large enough. */
  static ByteBuffer widen(ByteBuffer bytes, ByteBuffer scratch) {
    ShortBuffer narrow = bytes.order(ByteOrder.nativeOrder()).asShortBuffer();
    int length = 2 * bytes.remaining();
    ByteBuffer result =
        (length <= scratch.capacity()
                ? scratch.slice(0, length)
                : ByteBuffer.allocateDirect(length))
            .order(ByteOrder.nativeOrder());
    FloatBuffer wide = result.asFloatBuffer();
    while (narrow.hasRemaining()) {
      wide.put(Float.intBitsToFloat(narrow.get() << HALF));
    }
    return result;
  }

  /** Rounds to bfloat16, ties to even, as PyTorch does. */
  static ByteBuffer narrow(ByteBuffer bytes) {
    FloatBuffer wide = bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
    ByteBuffer result =
        ByteBuffer.allocateDirect(bytes.remaining() / 2).order(ByteOrder.nativeOrder());
    ShortBuffer narrow = result.asShortBuffer();
    while (wide.hasRemaining()) {
      float number = wide.get();
      int bits = Float.floatToRawIntBits(number);
      int odd = (bits >>> HALF) & 1;
      narrow.put((short) (Float.isNaN(number) ? QUIET : (bits + ROUND + odd) >>> HALF));
    }
    return result;
  }
}
