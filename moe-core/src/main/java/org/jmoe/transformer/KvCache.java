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

  /** An empty cache for sequences of the model's full context. */
  KvCache(NDManager parent, TransformerSpec spec, int sequences) {
    manager = parent.newSubManager();
    capacity = spec.context();
    Shape shape = new Shape(sequences, spec.kvHeads(), capacity, spec.dim() / spec.heads());
    for (int layer = 0; layer < spec.layers(); layer++) {
      keys.add(manager.zeros(shape, DataType.FLOAT32));
      values.add(manager.zeros(shape, DataType.FLOAT32));
    }
  }

  /** Positions filled. */
  public int length() {
    return length;
  }

  /** Adds the keys (B, G, S, dh) of new positions; returns all so far (B, G, S', dh). */
  NDArray appendKeys(int layer, NDArray added) {
    return append(keys.get(layer), added);
  }

  /** Adds the values (B, G, S, dh) of new positions; returns all so far (B, G, S', dh). */
  NDArray appendValues(int layer, NDArray added) {
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
