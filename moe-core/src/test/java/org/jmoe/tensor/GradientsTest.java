package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class GradientsTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  private NDArray leaf(long seed, int... shape) {
    int size = 1;
    long[] sizes = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      sizes[i] = shape[i];
      size *= shape[i];
    }
    NDArray array =
        Tensors.of(scope.manager(), DataType.FLOAT32, Tensors.random(seed, size), size)
            .reshape(new Shape(sizes));
    NDArray leaf = array.stopGradient();
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /** y = a x + b with x (2), a = (3, 5), weights (1, 10): dy/dx = (3, 50), dy/da = x w. */
  @Test
  void byHand() {
    NDArray x = scope.manager().create(new float[] {2, 7});
    NDArray a = scope.manager().create(new float[] {3, 5});
    NDArray w = scope.manager().create(new float[] {1, 10});
    x.setRequiresGradient(true);
    a.setRequiresGradient(true);
    NDArray y = Gradients.recording(() -> x.mul(a));
    List<Optional<NDArray>> found =
        Gradients.allowUnused(scope.manager(), List.of(y), List.of(w), List.of(x, a, leaf(1, 3)));
    assertArrayEquals(new float[] {3, 50}, found.get(0).orElseThrow().toFloatArray());
    assertArrayEquals(new float[] {2, 70}, found.get(1).orElseThrow().toFloatArray());
    assertTrue(found.get(2).isEmpty());
  }

  /** Zeros where no output depends on an input; parameters keep no gradient. */
  @Test
  void gradientsBelongToTheCaller() {
    NDArray used = leaf(1, 2, 3);
    NDArray unused = leaf(2, 4);
    for (int pass = 0; pass < 3; pass++) {
      try (NDManager step = scope.manager().newSubManager()) {
        NDArray loss = Gradients.recording(() -> used.mul(used).sum());
        loss.attach(step);
        List<NDArray> gradients = Gradients.of(step, loss, List.of(used, unused));
        float[] twice = used.toFloatArray();
        for (int i = 0; i < twice.length; i++) {
          twice[i] *= 2; // not the sum over passes
        }
        assertArrayEquals(twice, gradients.get(0).toFloatArray());
        assertArrayEquals(new float[4], gradients.get(1).toFloatArray());
        assertEquals(step, gradients.get(0).getManager());
        assertEquals(List.of(), Gradients.requiringGrad(gradients));
        assertNull(JniUtils.getGradient((PtNDArray) used));
      }
    }
  }

  /** A deep, branching function that uses its weights once, twice and transposed. */
  private static NDArray function(NDArray x, NDArray a, NDArray b, NDArray c) {
    NDArray h = Ops.softmax(TransformerOps.matMulTransposed(x, a)); // (T, V)
    NDArray again = h.matMul(a).add(b); // (T, D)
    NDArray y = again.mul(c).add(again.matMul(b.reshape(1, -1).transpose()).mul(again)); // (T, D)
    return y.square().sum().add(Ops.logSumExp(again).mean());
  }

  /** Bit-exactly equal to DJL's collector. */
  @Test
  void equalsTheCollector() {
    List<NDArray> leaves = List.of(leaf(1, 7, 5), leaf(2, 6, 5), leaf(3, 5), leaf(4, 1, 5));
    NDArray loss =
        Gradients.recording(
            () -> function(leaves.get(0), leaves.get(1), leaves.get(2), leaves.get(3)));
    List<NDArray> found = Gradients.of(scope.manager(), loss, leaves);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(function(leaves.get(0), leaves.get(1), leaves.get(2), leaves.get(3)));
    }
    for (int i = 0; i < leaves.size(); i++) {
      assertArrayEquals(
          leaves.get(i).getGradient().toFloatArray(), found.get(i).toFloatArray(), "leaf " + i);
    }
  }

  /** Chained through an intermediate array, whose gradient becomes the weight of the first part. */
  @Test
  void chainRule() {
    NDArray a = leaf(1, 4, 3);
    NDArray b = leaf(2, 3, 2);
    NDArray x = leaf(3, 5, 4);
    NDArray whole = Gradients.recording(() -> Ops.softmax(x.matMul(a)).matMul(b).square().sum());
    List<NDArray> expected = Gradients.of(scope.manager(), whole, List.of(a, b, x));

    NDArray first = Gradients.recording(() -> Ops.softmax(x.matMul(a)));
    NDArray cut = first.stopGradient();
    cut.setRequiresGradient(true);
    NDArray second = Gradients.recording(() -> cut.matMul(b).square().sum());
    List<NDArray> upper = Gradients.of(scope.manager(), second, List.of(b, cut));
    List<Optional<NDArray>> lower =
        Gradients.allowUnused(
            scope.manager(), List.of(first), List.of(upper.get(1)), List.of(a, x));
    assertArrayEquals(expected.get(1).toFloatArray(), upper.get(0).toFloatArray());
    assertArrayEquals(expected.get(0).toFloatArray(), lower.get(0).orElseThrow().toFloatArray());
    assertArrayEquals(expected.get(2).toFloatArray(), lower.get(1).orElseThrow().toFloatArray());
  }

  /** Several outputs, one of which does not depend on the input. */
  @Test
  void outputsAreSummed() {
    NDArray x = leaf(1, 3);
    NDArray other = leaf(2, 2);
    List<NDArray> outputs = Gradients.recording(() -> List.of(x.square(), other.sum(), x.sum()));
    NDArray two = scope.manager().full(new Shape(), 2f);
    List<NDArray> weights = List.of(scope.manager().ones(new Shape(3)), two, two);
    float[] found =
        Gradients.allowUnused(scope.manager(), outputs, weights, List.of(x))
            .get(0)
            .orElseThrow()
            .toFloatArray();
    float[] values = x.toFloatArray();
    for (int i = 0; i < 3; i++) {
      assertEquals(2 * values[i] + 2, found[i], 1e-6);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Gradients.allowUnused(scope.manager(), outputs, List.of(two), List.of(x)));
  }

  @Test
  void requiringGradIncludesResults() {
    NDArray x = leaf(1, 3);
    NDArray plain = scope.manager().ones(new Shape(3));
    NDArray y = Gradients.recording(() -> x.mul(plain));
    NDArray without = NoGrad.get(() -> x.mul(plain));
    List<NDArray> found =
        Gradients.requiringGrad(List.of(plain, y, without, x, y.stopGradient(), y));
    assertEquals(3, found.size());
    assertSame(y, found.get(0));
    assertSame(x, found.get(1));
    assertSame(y, found.get(2));
    assertEquals(List.of(), Gradients.requiringGrad(List.of()));
  }

  @Test
  void recordingEndsWithTheWork() {
    boolean before = JniUtils.isGradMode();
    List<Boolean> inside = new ArrayList<>();
    NoGrad.get(
        () ->
            Gradients.recording(
                () -> {
                  inside.add(JniUtils.isGradMode());
                  return true;
                }));
    assertThrows(
        IllegalStateException.class,
        () ->
            Gradients.recording(
                () -> {
                  throw new IllegalStateException("failure");
                }));
    assertEquals(List.of(true), inside);
    assertEquals(before, JniUtils.isGradMode());
  }
}
