package org.jmoe.training.log;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Encodes a protocol buffer message, field by field. */
final class ProtoMessage {
  private static final int VARINT = 0; // wire types
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Adds an integer or an enum constant. */
  ProtoMessage number(int field, long value) {
    return key(field, VARINT).varint(value);
  }

  /** Adds a double. */
  ProtoMessage real(int field, double value) {
    key(field, FIXED_64);
    return write(buffer(Double.BYTES).putDouble(value).array());
  }

  /** Adds a float. */
  ProtoMessage real(int field, float value) {
    key(field, FIXED_32);
    return write(buffer(Float.BYTES).putFloat(value).array());
  }

  /** Adds a string. */
  ProtoMessage text(int field, String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return key(field, BYTES).varint(utf8.length).write(utf8);
  }

  /** Adds a message. */
  ProtoMessage message(int field, ProtoMessage value) {
    return key(field, BYTES).varint(value.out.size()).and(value);
  }

  /** Adds the fields of another message. */
  ProtoMessage and(ProtoMessage fields) {
    return write(fields.bytes());
  }

  /** Returns the encoded fields. */
  byte[] bytes() {
    return out.toByteArray();
  }

  private ProtoMessage key(int field, int type) {
    return varint((long) field << 3 | type);
  }

  /** Writes seven bits per byte, lowest first; the eighth bit marks that another byte follows. */
  private ProtoMessage varint(long value) {
    long left = value;
    while ((left & ~0x7FL) != 0) {
      out.write((int) ((left & 0x7F) | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
    return this;
  }

  private ProtoMessage write(byte[] bytes) {
    out.write(bytes, 0, bytes.length);
    return this;
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
