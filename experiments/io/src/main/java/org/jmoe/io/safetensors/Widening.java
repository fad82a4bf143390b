package org.jmoe.io.safetensors;

import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Converts stored types that crash the engine to wider types that represent every value exactly.
 */
public final class Widening {
  private Widening() {}

  /** Returns the type to which a stored type is converted. */
  public static DataType of(DataType stored) {
    return switch (stored) {
      case BFLOAT16 -> DataType.FLOAT32;
      case INT16, UINT16 -> DataType.INT32;
      case UINT32, UINT64 -> DataType.INT64;
      default -> stored;
    };
  }

  /**
   * Converts numbers to the wider type.
   *
   * @throws ArithmeticException if an unsigned 64-bit number does not fit
   */
  public static ByteBuffer widen(DataType stored, ByteBuffer bytes) {
    if (of(stored) == stored) {
      return bytes;
    }
    ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
    int count = in.remaining() / stored.getNumOfBytes();
    ByteBuffer out =
        ByteBuffer.allocateDirect(Math.multiplyExact(count, of(stored).getNumOfBytes()))
            .order(ByteOrder.nativeOrder());
    for (int i = 0; i < count; i++) {
      switch (stored) {
        case BFLOAT16 -> out.putInt(in.getShort() << 16); // bfloat16 is the upper half of a float
        case INT16 -> out.putInt(in.getShort());
        case UINT16 -> out.putInt(Short.toUnsignedInt(in.getShort()));
        case UINT32 -> out.putLong(Integer.toUnsignedLong(in.getInt()));
        default -> out.putLong(signed(in.getLong()));
      }
    }
    return out.flip();
  }

  private static long signed(long unsigned) {
    if (unsigned < 0) {
      throw new ArithmeticException(
          Long.toUnsignedString(unsigned) + " exceeds the range of signed 64-bit integers");
    }
    return unsigned;
  }
}
