package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jmoe.testing.Tensors;
import org.jmoe.transformer.attention.KvCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class KvCacheTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  @Test
  void returnsAllAppendedKeys() {
    try (KvCache cache = cache(TinySpecs.causal(null))) {
      assertEquals(0, cache.length());
      NDArray first = numbers(3, 1);
      NDArray second = numbers(1, 2);
      Tensors.assertClose(Tensors.doubles(first), cache.appendKeys(0, first), 0);
      cache.advance(3);
      assertEquals(3, cache.length());
      NDArray all = cache.appendKeys(0, second); // (B, G, 4, dh)
      Tensors.assertClose(Tensors.doubles(first.concat(second, 2)), all, 0);
      // Values and other layers are separate.
      Tensors.assertClose(new double[16], cache.appendValues(0, second.zerosLike()), 0);
      assertEquals(new Shape(1, 2, 4, 2), cache.appendKeys(1, second).getShape());
    }
  }

  @Test
  void aFullCacheThrows() {
    try (KvCache cache = cache(TinySpecs.causal(null))) {
      cache.appendKeys(0, numbers(6, 1));
      cache.advance(6);
      assertEquals(
          "the key/value cache has room for 7 tokens, but 8 are needed",
          Errors.message(IllegalStateException.class, () -> cache.appendKeys(0, numbers(2, 2))));
    }
  }

  @Test
  void closingFreesItsArrays() {
    int before = scope.manager().getManagedArrays().size();
    cache(TinySpecs.causal(null)).close();
    assertEquals(before, scope.manager().getManagedArrays().size());
  }

  private NDArray numbers(int length, long seed) {
    double[] values = Tensors.random(seed, 2 * length * 2);
    return Tensors.of(scope.manager(), DataType.FLOAT32, values, 1, 2, length, 2); // (B, G, S, dh)
  }

  private KvCache cache(ModelSpec spec) {
    return new KvCache(scope.manager(), spec.cacheShapes(), 1, spec.context());
  }
}
