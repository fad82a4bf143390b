package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DivergenceTest {
  @Test
  void equalsTheDefinition() {
    int n = 5;
    int v = 7;
    double temperature = 1.7;
    Random random = new Random(3);
    double[] student = random.doubles((long) n * v, -3, 3).toArray();
    double[] teacher = random.doubles((long) n * v, -3, 3).toArray();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray s = manager.create(student).reshape(n, v);
      NDArray t = manager.create(teacher).reshape(n, v);
      double[] found = TransformerOps.klDivergence(s, t, temperature).toDoubleArray();
      for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < v; j++) {
          double p = share(teacher, i, j, v, temperature);
          sum += p * Math.log(p / share(student, i, j, v, temperature));
        }
        assertEquals(sum, found[i], 1e-12);
      }
      double same = TransformerOps.klDivergence(t, t, 3).sum().getDouble();
      assertEquals(0, same, 1e-12);
      assertEquals(new Shape(n), TransformerOps.klDivergence(s, t, 1).getShape());
    }
  }

  private static double share(double[] logits, int row, int column, int v, double temperature) {
    double total = 0;
    for (int j = 0; j < v; j++) {
      total += Math.exp(logits[row * v + j] / temperature);
    }
    return Math.exp(logits[row * v + column] / temperature) / total;
  }
}
