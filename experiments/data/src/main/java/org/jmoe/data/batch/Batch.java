package org.jmoe.data.batch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Inputs and targets of a micro-batch. The batch owns one Arrow buffer, whose memory its arrays
 * share on the CPU: close the batch only after the backward pass and the last use of its arrays.
 */
public final class Batch implements AutoCloseable {
  private int size;
  private int sequenceLength;
  private final OptionalInt separator;
  private final ArrowBuf memory; // inputs (B, S) int64, targets (B, S) int64, domains (B, S) int32
  private double textBytes;
  private int targets;
  private boolean closed;

  Batch(BufferAllocator allocator, int size, int sequenceLength, OptionalInt separator) {
    this.size = size;
    this.sequenceLength = sequenceLength;
    this.separator = separator;
    this.memory = allocator.buffer(20L * size * sequenceLength);
  }

  /**
   * Cuts each sequence into shorter ones: (B, S) to (B S / length, length), the same tokens in the
   * same order. Returns this batch.
   *
   * @param length must divide S
   */
  public Batch cut(int length) {
    if (sequenceLength % length != 0) {
      throw new IllegalArgumentException(
          "The length %d must divide the sequence length %d.".formatted(length, sequenceLength));
    }
    size = tokens() / length;
    sequenceLength = length;
    return this;
  }

  /** Returns the number of sequences, B. */
  public int size() {
    return size;
  }

  /** Returns the tokens per sequence, S. */
  public int sequenceLength() {
    return sequenceLength;
  }

  /** Returns the id of the token that ends a document; empty if the data has none. */
  public OptionalInt separator() {
    return separator;
  }

  /** Returns the token ids, (B, S) int64. */
  public NDArray inputs(NDManager manager) {
    return array(manager, 0);
  }

  /** Returns the token that follows each input, (B, S) int64; -1 for masked targets. */
  public NDArray targets(NDManager manager) {
    return array(manager, 8L * tokens());
  }

  /** Returns the domain of the input token with this row-major index in [0, B * S). */
  public int domain(int token) {
    return memory.getInt(16L * tokens() + 4L * token);
  }

  /** Returns a copy of the domains of all input tokens, (B * S) in row-major order. */
  public int[] domains() {
    int[] domains = new int[tokens()];
    memory
        .nioBuffer(16L * tokens(), 4 * tokens())
        .order(ByteOrder.nativeOrder())
        .asIntBuffer()
        .get(domains);
    return domains;
  }

  /** Returns an input id on the host. */
  public long input(int token) {
    return memory.getLong(8L * token);
  }

  /** Returns a target id on the host; -1 for a masked target. */
  public long target(int token) {
    return memory.getLong(8L * tokens() + 8L * token);
  }

  /** Returns the number of unmasked targets. */
  public int targets() {
    return targets;
  }

  /** Returns the number of input tokens, B * S. */
  public int tokens() {
    return size * sequenceLength;
  }

  /**
   * Returns the bytes of text that the unmasked targets encode; NaN if the data do not record them.
   * The bytes of a document are distributed evenly over its tokens and separator, so a partly
   * scored document counts proportionally.
   */
  public double textBytes() {
    return textBytes;
  }

  /**
   * Sets token {@code i} of the S + 1 tokens of a window.
   *
   * @param predicted whether the token is an unmasked target
   * @param bytes bytes of text that the token encodes
   */
  void set(int row, int i, int id, int domain, boolean predicted, double bytes) {
    long at = (long) row * sequenceLength + i;
    if (i < sequenceLength) {
      memory.setLong(8 * at, id);
      memory.setInt(16L * tokens() + 4 * at, domain);
    }
    if (i > 0) {
      memory.setLong(8L * tokens() + 8 * (at - 1), predicted ? id : -1);
      targets += predicted ? 1 : 0;
      textBytes += predicted ? bytes : 0;
    }
  }

  private NDArray array(NDManager manager, long offset) {
    if (closed) {
      throw new IllegalStateException("The batch is closed; create its arrays before closing it.");
    }
    // The engine ignores a buffer's position, hence the slice.
    ByteBuffer bytes =
        memory.nioBuffer(offset, 8 * tokens()).slice().order(ByteOrder.nativeOrder());
    return manager.create(bytes, new Shape(size, sequenceLength), DataType.INT64);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.close();
    }
  }
}
