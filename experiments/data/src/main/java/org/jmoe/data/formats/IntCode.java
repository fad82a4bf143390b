package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Integer types of raw token files, with their codes in Megatron, or -1. */
public enum IntCode {
  UINT8(1, 1),
  INT8(2, 1),
  INT16(3, 2),
  INT32(4, 4),
  INT64(5, 8),
  UINT16(8, 2),
  UINT32(-1, 4);

  private final int megatron;
  private final int bytes;

  IntCode(int megatron, int bytes) {
    this.megatron = megatron;
    this.bytes = bytes;
  }

  /** Returns the type with this Megatron code, if it is an integer type. */
  static Optional<IntCode> ofMegatron(int number) {
    return Arrays.stream(values())
        .filter(code -> number > 0 && code.megatron == number)
        .findFirst();
  }

  /** Returns the type with this name, such as {@code uint16}. */
  static Optional<IntCode> named(String name) {
    return Arrays.stream(values()).filter(code -> code.title().equals(name)).findFirst();
  }

  int bytes() {
    return bytes;
  }

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns element {@code index} of packed bytes. */
  long get(ByteBuffer packed, int index) {
    return switch (this) {
      case UINT8 -> packed.get(index) & 0xFF;
      case INT8 -> packed.get(index);
      case INT16 -> packed.getShort(2 * index);
      case UINT16 -> packed.getShort(2 * index) & 0xFFFF;
      case INT32 -> packed.getInt(4 * index);
      case UINT32 -> packed.getInt(4 * index) & 0xFFFFFFFFL;
      case INT64 -> packed.getLong(8 * index);
    };
  }
}
