package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.tensor.TransformerOps;

/**
 * Key/value cache of one generation, so that each token is computed once. Close it after the
 * generation.
 */
public final class KvCache implements AutoCloseable {
  private final NDManager manager;
  private final List<NDArray> keys = new ArrayList<>(); // (B, G, L, dh) each
  private final List<NDArray> values = new ArrayList<>(); // (B, G, L, dh) each
  private final int capacity;
  private int length;

  /** Creates an empty cache for {@code capacity} positions. */
  public KvCache(NDManager parent, List<CacheShape> layers, int sequences, int capacity) {
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

  /** Returns the number of cached positions. */
  public int length() {
    return length;
  }

  /** Appends the keys (B, G, S, dh) of new positions; returns all keys (B, G, S', dh). */
  public NDArray appendKeys(int layer, NDArray added) {
    return append(keys.get(layer), added);
  }

  /** Appends the values (B, G, S, dh) of new positions; returns all values (B, G, S', dh). */
  public NDArray appendValues(int layer, NDArray added) {
    return append(values.get(layer), added);
  }

  /** Advances the length after every layer has appended. */
  public void advance(int positions) {
    length += positions;
  }

  private NDArray append(NDArray cache, NDArray added) {
    int end = length + Math.toIntExact(added.getShape().get(2));
    Preconditions.checkState(
        end <= capacity,
        "the key/value cache has room for %s tokens, but %s are needed",
        capacity,
        end);
    TransformerOps.writeCache(cache, added, length);
    NDArray cached = TransformerOps.firstPositions(cache, end);
    cached.attach(added.getManager());
    return cached;
  }

  @Override
  public void close() {
    manager.close();
  }
}
