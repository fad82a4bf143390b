package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OpsTransformerTest {
  private static final int HEADS = 2;
  private static final int KEYS = 5;
  private static final int WIDTH = 4;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @Test
  void rmsNormDividesByTheRootMeanSquare() {
    NDArray x = Tensors.random(scope.manager(), 1, 3, WIDTH);
    NDArray weight = Tensors.random(scope.manager(), 2, WIDTH);
    double[] w = weight.toDoubleArray();
    double[][] expected = Tensors.rows(x);
    for (double[] row : expected) {
      double squares = 0;
      for (double number : row) {
        squares += number * number / WIDTH;
      }
      for (int d = 0; d < WIDTH; d++) {
        row[d] *= w[d] / Math.sqrt(squares + 0.01);
      }
    }
    Tensors.assertClose(Tensors.flat(expected), TransformerOps.rmsNorm(x, weight, 0.01), 1e-14);
    GradientCheck.assertCorrect(in -> TransformerOps.rmsNorm(in[0], in[1], 0.01), x, weight);
  }

  @Test
  void layerNormCentersAndScales() {
    NDArray x = Tensors.random(scope.manager(), 1, 3, WIDTH);
    NDArray weight = Tensors.random(scope.manager(), 2, WIDTH);
    NDArray bias = Tensors.random(scope.manager(), 3, WIDTH);
    double[] w = weight.toDoubleArray();
    double[] b = bias.toDoubleArray();
    double[][] expected = Tensors.rows(x);
    for (double[] row : expected) {
      double mean = 0;
      double variance = 0;
      for (double number : row) {
        mean += number / WIDTH;
      }
      for (double number : row) {
        variance += (number - mean) * (number - mean) / WIDTH;
      }
      for (int d = 0; d < WIDTH; d++) {
        row[d] = (row[d] - mean) / Math.sqrt(variance + 0.01) * w[d] + b[d];
      }
    }
    Tensors.assertClose(
        Tensors.flat(expected), TransformerOps.layerNorm(x, weight, bias, 0.01), 1e-14);
    GradientCheck.assertCorrect(
        in -> TransformerOps.layerNorm(in[0], in[1], in[2], 0.01), x, weight, bias);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void causalQueriesAreTheLastPositions(int queries) {
    NDArray[] qkv = qkv(queries);
    // Query s is at position KEYS - queries + s and attends to keys up to itself.
    double[] expected = naive(qkv, queries, at -> at % KEYS <= KEYS - queries + at / KEYS);
    Tensors.assertClose(
        expected, TransformerOps.attention(qkv[0], qkv[1], qkv[2], true, Precision.FLOAT32), 1e-13);
    GradientCheck.assertCorrect(
        in -> TransformerOps.attention(in[0], in[1], in[2], true, Precision.FLOAT32), qkv);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void bidirectionalQueriesAttendToAllKeys(int queries) {
    NDArray[] qkv = qkv(queries);
    Tensors.assertClose(
        naive(qkv, queries, at -> true),
        TransformerOps.attention(qkv[0], qkv[1], qkv[2], false, Precision.FLOAT32),
        1e-13);
    GradientCheck.assertCorrect(
        in -> TransformerOps.attention(in[0], in[1], in[2], false, Precision.FLOAT32), qkv);
  }

  /** A separate implementation with an 8-bit significand, compared with float64. */
  @Test
  void causalAttentionInBfloat16IsCloseToFloat32() {
    NDManager manager = scope.manager();
    NDArray[] qkv = new NDArray[3];
    for (int i = 0; i < 3; i++) {
      qkv[i] = Tensors.random(manager, i, 2, HEADS, 37, 16); // (B, H, S, dh)
    }
    NDArray factors = Tensors.random(manager, 3, 2, HEADS, 37, 16);
    List<double[]> exact = attended(qkv, factors, Precision.FLOAT32);
    List<double[]> coarse = attended(qkv, factors, Precision.BFLOAT16);
    for (int i = 0; i < exact.size(); i++) {
      double scale = Arrays.stream(exact.get(i)).map(Math::abs).max().orElseThrow();
      assertArrayEquals(exact.get(i), coarse.get(i), 0.02 * scale, "array " + i);
      assertFalse(Arrays.equals(exact.get(i), coarse.get(i)), "the precision has no effect");
    }
  }

  /** Returns the output and the gradients of queries, keys and values. */
  private static List<double[]> attended(NDArray[] qkv, NDArray factors, Precision precision) {
    List<double[]> results = new ArrayList<>();
    NDArray[] in = new NDArray[3];
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      for (int i = 0; i < 3; i++) {
        in[i] = qkv[i].duplicate();
        in[i].setRequiresGradient(true);
      }
      NDArray y = TransformerOps.attention(in[0], in[1], in[2], true, precision);
      results.add(y.toDoubleArray());
      collector.backward(y.mul(factors).sum());
    }
    for (NDArray array : in) {
      results.add(array.getGradient().toDoubleArray());
    }
    return results;
  }

  @Test
  void maskedQueriesAttendWhereTrue() {
    NDArray[] qkv = qkv(3);
    boolean[] seen = new boolean[3 * KEYS];
    for (int i = 0; i < seen.length; i++) {
      seen[i] = i % 3 != 1;
    }
    NDArray mask = scope.manager().create(seen, new Shape(1, 1, 3, KEYS));
    Tensors.assertClose(
        naive(qkv, 3, at -> seen[at]),
        TransformerOps.maskedAttention(qkv[0], qkv[1], qkv[2], mask, false),
        1e-13);
    GradientCheck.assertCorrect(
        in -> TransformerOps.maskedAttention(in[0], in[1], in[2], mask, false), qkv);
  }

  /** Queries (1, H, S, dh), keys and values (1, H, S', dh). */
  private NDArray[] qkv(int queries) {
    NDManager manager = scope.manager();
    return new NDArray[] {
      Tensors.random(manager, 1, 1, HEADS, queries, WIDTH),
      Tensors.random(manager, 2, 1, HEADS, KEYS, WIDTH),
      Tensors.random(manager, 3, 1, HEADS, KEYS, WIDTH)
    };
  }

  /** Softmax attention in plain loops; {@code seen} is the mask at {@code query * KEYS + key}. */
  private static double[] naive(NDArray[] qkv, int queries, IntPredicate seen) {
    double[][] q = Tensors.rows(qkv[0].toDoubleArray(), WIDTH);
    double[][] k = Tensors.rows(qkv[1].toDoubleArray(), WIDTH);
    double[][] v = Tensors.rows(qkv[2].toDoubleArray(), WIDTH);
    double[][] y = new double[HEADS * queries][WIDTH];
    for (int row = 0; row < y.length; row++) {
      int head = row / queries;
      double sum = 0;
      for (int key = 0; key < KEYS; key++) {
        if (seen.test(row % queries * KEYS + key)) {
          double score = 0;
          for (int d = 0; d < WIDTH; d++) {
            score += q[row][d] * k[head * KEYS + key][d] / Math.sqrt(WIDTH);
          }
          sum += Math.exp(score);
          for (int d = 0; d < WIDTH; d++) {
            y[row][d] += Math.exp(score) * v[head * KEYS + key][d];
          }
        }
      }
      for (int d = 0; d < WIDTH; d++) {
        y[row][d] /= sum;
      }
    }
    return Tensors.flat(y);
  }

  @Test
  void rotateMultipliesByComplexPhases() {
    int sequence = 3;
    int first = 7;
    NDArray x = Tensors.random(scope.manager(), 1, 2, HEADS, sequence, WIDTH);
    double[][] rows = Tensors.rows(x.toDoubleArray(), WIDTH);
    double[][] expected = new double[rows.length][WIDTH];
    for (int row = 0; row < rows.length; row++) {
      for (int j = 0; j < WIDTH / 2; j++) {
        // (re + i im) times exp(i position base^(-2 j / dh)); re in the first half, im in the
        // other.
        double angle = (first + row % sequence) * Math.pow(100, -2.0 * j / WIDTH);
        double re = rows[row][j];
        double im = rows[row][j + WIDTH / 2];
        expected[row][j] = re * Math.cos(angle) - im * Math.sin(angle);
        expected[row][j + WIDTH / 2] = re * Math.sin(angle) + im * Math.cos(angle);
      }
    }
    Tensors.assertClose(Tensors.flat(expected), TransformerOps.rotate(x, 100, first), 1e-14);
    GradientCheck.assertCorrect(in -> TransformerOps.rotate(in[0], 100, first), x);
  }

  @Test
  void crossEntropyIsTheNegativeLogProbability() {
    // softmax(0, ln 3) = (1/4, 3/4), softmax(5, 5) = (1/2, 1/2).
    NDArray logits =
        Tensors.of(scope.manager(), new double[][] {{0, Math.log(3)}, {5, 5}, {1, 2}}); // (N, V)
    NDArray targets = scope.manager().create(new long[] {1, 0, -1}); // (N)
    double[] nats = TransformerOps.crossEntropy(logits, targets).toDoubleArray();
    assertArrayEquals(new double[] {Math.log(4 / 3d), Math.log(2), 0}, nats, 1e-15);
    GradientCheck.assertCorrect(in -> TransformerOps.crossEntropy(in[0], targets), logits);
  }
}
