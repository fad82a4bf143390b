package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.tensor.Ops;

/**
 * Keys and values of the tokens seen so far, so that generation computes each token once. Lives as
 * long as one generation; close it afterwards.
 */
public final class KvCache implements AutoCloseable {
  private final NDManager manager;
  private final List<NDArray> keys = new ArrayList<>(); // (B, G, L, dh) each
  private final List<NDArray> values = new ArrayList<>(); // (B, G, L, dh) each
  private final int capacity;
  private int length;

  /** An empty cache for sequences of so many positions. */
  KvCache(NDManager parent, List<CacheShape> layers, int sequences, int capacity) {
    manager = parent.newSubManager();
    this.capacity = capacity;
    for (CacheShape layer : layers) {
      keys.add(zeros(new Shape(sequences, layer.heads(), capacity, layer.keys())));
      values.add(zeros(new Shape(sequences, layer.heads(), capacity, layer.values())));
    }
  }

  private NDArray zeros(Shape shape) {
    return manager.zeros(shape, DataType.FLOAT32);
  }

  /** Positions filled. */
  public int length() {
    return length;
  }

  /** Adds the keys (B, G, S, dh) of new positions; returns all so far (B, G, S', dh). */
  public NDArray appendKeys(int layer, NDArray added) {
    return append(keys.get(layer), added);
  }

  /** Adds the values (B, G, S, dh) of new positions; returns all so far (B, G, S', dh). */
  public NDArray appendValues(int layer, NDArray added) {
    return append(values.get(layer), added);
  }

  /** Moves on once every layer has added its own. */
  void advance(int positions) {
    length += positions;
  }

  private NDArray append(NDArray cache, NDArray added) {
    int end = length + Math.toIntExact(added.getShape().get(2));
    Preconditions.checkState(
        end <= capacity, "the context of %s tokens is full; %s were asked for", capacity, end);
    Ops.writeCache(cache, added, length);
    NDArray seen = Ops.firstPositions(cache, end);
    seen.attach(added.getManager());
    return seen;
  }

  @Override
  public void close() {
    manager.close();
  }
}
