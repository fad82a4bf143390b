package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jmoe.tensor.FusedUpdates.AdamWState;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FusedUpdatesTest {
  private static final double RATE = 0.01;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.95;
  private static final double DECAY = 0.1;
  private static final double EPSILON = 1e-8;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @ParameterizedTest
  @CsvSource({"FLOAT64, 1e-14", "FLOAT32, 1e-6"})
  void adamWEqualsTheLoopForFiveSteps(DataType type, double tolerance) {
    int[] sizes = {3, 4};
    List<NDArray> parameters = new ArrayList<>();
    List<NDArray> gradients = new ArrayList<>();
    List<NDArray> means = new ArrayList<>();
    List<NDArray> variances = new ArrayList<>();
    List<NDArray> steps = new ArrayList<>();
    double[][] expected = new double[2][];
    List<double[]> last = new ArrayList<>(List.of(new double[0], new double[0]));
    for (int i = 0; i < 2; i++) {
      expected[i] = Tensors.random(i, sizes[i]);
      NDArray parameter = Tensors.of(scope.manager(), type, expected[i], sizes[i]);
      parameter.setRequiresGradient(true); // as in a model; the update is outside autograd
      parameters.add(parameter);
      gradients.add(scope.manager().zeros(new Shape(sizes[i]), type));
      means.add(scope.manager().zeros(new Shape(sizes[i]), type));
      variances.add(scope.manager().zeros(new Shape(sizes[i]), type));
      steps.add(scope.manager().create(0f));
    }
    double[][] m = {new double[3], new double[4]};
    double[][] v = {new double[3], new double[4]};
    for (int step = 1; step <= 5; step++) {
      for (int i = 0; i < 2; i++) {
        double[] gradient = Tensors.random(10 * step + i, sizes[i]);
        gradients.get(i).set(Tensors.of(scope.manager(), type, gradient, sizes[i]).toByteBuffer());
        last.set(i, Tensors.doubles(gradients.get(i)));
        loop(expected[i], gradient, m[i], v[i], step);
      }
      adamW(
          new AdamWState(parameters, means, variances, steps, List.of(false, false)), gradients, 1);
    }
    for (int i = 0; i < 2; i++) {
      Tensors.assertClose(expected[i], parameters.get(i), tolerance);
      Tensors.assertClose(last.get(i), gradients.get(i), 0); // unchanged
      assertEquals(5, steps.get(i).getFloat());
    }
  }

  /** Loshchilov and Hutter 2019, algorithm 2, without a schedule. */
  private static void loop(double[] p, double[] g, double[] m, double[] v, int step) {
    for (int i = 0; i < p.length; i++) {
      m[i] = BETA1 * m[i] + (1 - BETA1) * g[i];
      v[i] = BETA2 * v[i] + (1 - BETA2) * g[i] * g[i];
      double mean = m[i] / (1 - Math.pow(BETA1, step));
      double variance = v[i] / (1 - Math.pow(BETA2, step));
      p[i] -= RATE * (mean / (Math.sqrt(variance) + EPSILON) + DECAY * p[i]);
    }
  }

  @Test
  void globalNormCoversAllElements() {
    NDArray a = scope.manager().create(new float[] {3, 0}); // 9
    NDArray b = scope.manager().create(new float[] {4, 12}, new Shape(2, 1)); // 16 + 144
    assertEquals(13, FusedUpdates.globalNorm(List.of(a, b)), 1e-6);
    assertEquals(0, FusedUpdates.globalNorm(List.of()));
  }

  @Test
  void normsByArrayAndByRow() {
    NDArray a = scope.manager().create(new float[] {3, 4, 0, 0, 6, 8}, new Shape(3, 2, 1));
    NDArray b = scope.manager().create(new float[] {5, 12}, new Shape(1, 2));
    assertArrayEquals(new double[] {Math.sqrt(125), 13}, FusedUpdates.norms(List.of(a, b)), 1e-5);
    assertArrayEquals(new double[] {5, 0, 10, 13}, FusedUpdates.rowNorms(List.of(a, b)), 1e-6);
    assertEquals(0, FusedUpdates.norms(List.of()).length);
    assertEquals(0, FusedUpdates.rowNorms(List.of()).length);
  }

  /** The norm of a row has the same bits whatever the other rows and however long the row. */
  @ParameterizedTest
  @CsvSource({"3", "7", "1000", "33000", "300001"})
  void theNormOfARowDoesNotDependOnItsStack(int width) {
    NDArray all =
        Tensors.of(
            scope.manager(),
            DataType.FLOAT32,
            Tensors.random(1, 5 * width),
            5,
            width,
            1); // (E, ..)
    double[] norms = FusedUpdates.rowNorms(List.of(all));
    for (int first = 0; first < 5; first++) {
      for (int end = first + 1; end <= 5; end++) {
        NDArray part = all.get(first + ":" + end).add(all.zerosLike().get(first + ":" + end));
        assertArrayEquals(
            Arrays.copyOfRange(norms, first, end), FusedUpdates.rowNorms(List.of(part)));
      }
    }
  }

  /** Equal to pre-scaled gradients, for a few elements and for many megabytes. */
  @ParameterizedTest
  @CsvSource({"5, 16", "2200000, 5", "3, 2200000"})
  void aFactorScalesTheGradientsWithoutChangingThem(int one, int two) {
    double factor = 0.3;
    List<float[]> found = new ArrayList<>();
    for (boolean before : new boolean[] {true, false}) {
      List<NDArray> parameters = List.of(numbers(1, one), numbers(2, two), numbers(3, one));
      NDArray shared = numbers(4, one); // two gradients may share memory
      List<NDArray> gradients = List.of(shared, numbers(5, two), shared);
      if (before) {
        gradients = gradients.stream().map(g -> Ops.scale(g, factor)).toList();
      }
      List<NDArray> means = parameters.stream().map(NDArray::zerosLike).toList();
      List<NDArray> variances = parameters.stream().map(NDArray::zerosLike).toList();
      List<NDArray> steps = parameters.stream().map(p -> scope.manager().create(0f)).toList();
      List<Boolean> byRow = List.of(false, false, false);
      adamW(
          new AdamWState(parameters, means, variances, steps, byRow),
          gradients,
          before ? 1 : factor);
      parameters.forEach(p -> found.add(p.toFloatArray()));
      means.forEach(m -> found.add(m.toFloatArray()));
      if (!before) {
        assertArrayEquals(numbers(4, one).toFloatArray(), shared.toFloatArray());
      }
    }
    for (int i = 0; i < 6; i++) {
      assertArrayEquals(found.get(i), found.get(6 + i));
    }
  }

  /** A part of a stack is updated as within the full stack, in full registers or row by row. */
  @ParameterizedTest
  @CsvSource({"16, false", "14, true", "3, true", "1, true"})
  void partsAreUpdatedAsInTheFullStack(int width, boolean byRow) {
    float[] whole = updated(7, width, byRow);
    assertNotEquals((float) Tensors.random(1, 1)[0], whole[0]);
    for (int rows = 1; rows < 7; rows++) {
      float[] part = updated(rows, width, byRow);
      assertArrayEquals(Arrays.copyOf(whole, part.length), part);
    }
  }

  private float[] updated(int rows, int width, boolean byRow) {
    int size = rows * width;
    Shape shape = new Shape(rows, width);
    List<NDArray> parameters = List.of(numbers(1, size).reshape(shape));
    List<NDArray> means = List.of(scope.manager().zeros(shape));
    List<NDArray> variances = List.of(scope.manager().zeros(shape));
    List<NDArray> steps = List.of(scope.manager().create(0f));
    for (int step = 0; step < 5; step++) {
      List<NDArray> gradients = List.of(numbers(2 + step, size).reshape(shape));
      adamW(new AdamWState(parameters, means, variances, steps, List.of(byRow)), gradients, 1);
    }
    assertEquals(5, steps.get(0).getFloat());
    return parameters.get(0).toFloatArray();
  }

  private static void adamW(AdamWState state, List<NDArray> gradients, double factor) {
    FusedUpdates.adamW(
        state, gradients, factor, new FusedUpdates.AdamWRates(RATE, BETA1, BETA2, DECAY, EPSILON));
  }

  /** Returns the first values of a random sequence. */
  private NDArray numbers(long seed, int size) {
    return Tensors.of(scope.manager(), DataType.FLOAT32, Tensors.random(seed, size), size);
  }

  @Test
  void emptyListsAreAllowed() {
    List<NDArray> none = List.of();
    adamW(new AdamWState(none, none, none, none, List.of()), none, 1);
    assertEquals(0, scope.manager().getManagedArrays().size());
  }

  @Test
  void callsLeaveNoArraysBehind() {
    NDArray a = scope.manager().create(new float[] {3, -1});
    double norm = FusedUpdates.globalNorm(List.of(a));
    int held = Script.instance().arrayCount();
    for (int i = 0; i < 20; i++) {
      assertEquals(norm, FusedUpdates.globalNorm(List.of(a)));
      FusedUpdates.copyAll(List.of(a), List.of(a));
    }
    assertEquals(held, Script.instance().arrayCount());
    assertEquals(1, scope.manager().getManagedArrays().size());
  }
}
