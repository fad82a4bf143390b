package org.jmoe.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ThreadTest {
  private static final int DIM = 16;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @Test
  void concurrentInferenceIsBitExact() throws ExecutionException, InterruptedException {
    MoeLayer layer =
        new MoeLayer.Spec(
                4,
                new PlainRouter.Spec(2, true, Capacity.dropless()),
                new PlainExperts.Spec(32, Activation.SWIGLU, true))
            .build(DIM, Seed.of(1).child("moe"));
    layer.initialize(scope.manager(), DataType.FLOAT32, new Shape(1, DIM));
    List<float[]> serial = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      serial.add(infer(layer, i));
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> parallel = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int number = i;
        parallel.add(threads.submit(() -> infer(layer, number)));
      }
      for (int i = 0; i < 40; i++) {
        assertArrayEquals(serial.get(i), parallel.get(i).get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private float[] infer(MoeLayer layer, int number) {
    try (NDManager manager = scope.manager().newSubManager()) {
      double[] values = Tensors.random(number, 50 * DIM);
      NDArray x = Tensors.of(manager, DataType.FLOAT32, values, 50, DIM); // (T, D)
      return NoGrad.get(() -> Blocks.infer(layer, x).toFloatArray());
    }
  }
}
