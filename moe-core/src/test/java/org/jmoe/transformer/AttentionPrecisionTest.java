package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.BlockContext;
import org.jmoe.transformer.attention.SelfAttention;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All attention kinds compute their matmuls in the precision of the pass. */
final class AttentionPrecisionTest {
  private static final int DIM = 16;
  private static final int LENGTH = 9;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @ParameterizedTest
  @MethodSource("org.jmoe.transformer.ModelSpecTest#attentions")
  void bfloat16IsCloseButNotEqual(AttentionSpec spec) {
    SelfAttention attention = spec.build(new BlockContext(DIM, 0, 1, true), Seed.of(5));
    attention.initialize(scope.manager(), DataType.FLOAT32, new Shape(1, LENGTH, DIM));
    double[] exact = output(attention, Precision.FLOAT32);
    double[] near = output(attention, Precision.BFLOAT16);
    assertFalse(Arrays.equals(exact, near));
    double size = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < exact.length; i++) {
      assertEquals(exact[i], near[i], 0.02 * size, "number " + i); // 8-bit significand
    }
  }

  private double[] output(SelfAttention attention, Precision precision) {
    ParameterStore store = new ParameterStore(scope.manager(), false);
    double[] values = Tensors.random(3, 2 * LENGTH * DIM);
    NDArray x = Tensors.of(scope.manager(), DataType.FLOAT32, values, 2, LENGTH, DIM); // (B, S, D)
    NDArray y =
        attention
            .forward(new RecordingStore(store, Seed.of(1), precision), new NDList(x), false)
            .head(); // (B, S, D)
    assertEquals(DataType.FLOAT32, y.getDataType());
    return Tensors.doubles(y);
  }
}
