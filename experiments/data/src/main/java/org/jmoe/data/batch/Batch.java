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
 * Inputs and targets of one step. The batch owns one Arrow buffer, and on the CPU its arrays share
 * that memory: close the batch after the backward pass and after the last use of its arrays.
 */
public final class Batch implements AutoCloseable {
  private final int size;
  private final int sequenceLength;
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

  /** B, number of sequences. */
  public int size() {
    return size;
  }

  /** S, tokens of a sequence. */
  public int sequenceLength() {
    return sequenceLength;
  }

  /** Id of the token that ends a document; empty if the data has none. */
  public OptionalInt separator() {
    return separator;
  }

  /** Token ids, (B, S) int64. */
  public NDArray inputs(NDManager manager) {
    return array(manager, 0);
  }

  /** The token that follows each input, (B, S) int64; -1 where it does not count. */
  public NDArray targets(NDManager manager) {
    return array(manager, 8L * tokens());
  }

  /** Domain of an input token, counted row by row in [0, B * S). */
  public int domain(int token) {
    return memory.getInt(16L * tokens() + 4L * token);
  }

  /** Domain of every input token, (B * S) row by row; a copy. */
  public int[] domains() {
    int[] domains = new int[tokens()];
    memory
        .nioBuffer(16L * tokens(), 4 * tokens())
        .order(ByteOrder.nativeOrder())
        .asIntBuffer()
        .get(domains);
    return domains;
  }

  /** An input id, on the host. */
  public long input(int token) {
    return memory.getLong(8L * token);
  }

  /** A target id, on the host; -1 where it does not count. */
  public long target(int token) {
    return memory.getLong(8L * tokens() + 8L * token);
  }

  /** Number of targets that count in the loss. */
  public int targets() {
    return targets;
  }

  /** Number of input tokens, B * S. */
  public int tokens() {
    return size * sequenceLength;
  }

  /**
   * Bytes of text behind the targets that count; NaN where the data does not record them. A
   * document's bytes are spread evenly over its tokens and its separator, so one that is scored in
   * part counts in part.
   */
  public double textBytes() {
    return textBytes;
  }

  /**
   * Sets token {@code i} of the S + 1 of a window.
   *
   * @param predicted whether it counts as a target
   * @param bytes of text behind it
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
      throw new IllegalStateException("The batch is closed; make its arrays before closing it.");
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
