package org.jmoe.routing.topk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.List;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class RecurrentRouterTest extends RouterContract {
  private static final int D = 3;
  private static final int R = 2;
  private static final int N = 4; // experts
  private static final RouterContext CONTEXT = RouterContext.of(true, Seed.of(0));

  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new RecurrentRouter.Spec(2, R, capacity);
  }

  private Router router(String name) {
    Router router = spec(Capacity.dropless()).build(D, N, Seed.of(1).child(name));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, D));
    int i = 0;
    for (Parameter parameter : router.getParameters().values()) {
      long[] shape = parameter.getShape().getShape();
      int size = (int) parameter.getShape().size();
      parameter.getArray().addi(Logits.random(manager(), size, 1, 50 + i++).reshape(shape));
    }
    return router;
  }

  private ParameterStore pass() {
    return RecordingStore.carrying(new ParameterStore(manager(), false));
  }

  /** {@code CustomGRUCell} over two layers with plain loops. */
  @Test
  void theStateGoesFromLayerToLayer() {
    List<Router> layers = List.of(router("a"), router("b"));
    ParameterStore store = pass();
    double[][] h = new double[5][R];
    for (int l = 0; l < 2; l++) {
      NDArray tokens = Logits.random(manager(), 5, D, 7 + l);
      RoutingSignals signals = layers.get(l).route(store, tokens, CONTEXT).signals();
      double[][][] p = parameters(layers.get(l));
      for (int t = 0; t < 5; t++) {
        double[] x = times(tokens.get(t).toDoubleArray(), p[1]);
        double[] in = plus(times(x, p[2]), p[4][0]);
        double[] of = plus(times(h[t], p[3]), p[5][0]);
        double[] next = new double[R];
        for (int i = 0; i < R; i++) {
          double r = 1 / (1 + Math.exp(-in[i] - of[i]));
          double z = 1 / (1 + Math.exp(-in[R + i] - of[R + i]));
          double n = Math.tanh(in[2 * R + i] + r * of[2 * R + i]);
          next[i] = (1 - z) * n + z * h[t][i];
        }
        h[t] = next;
        assertArrayEquals(times(next, p[0]), signals.logits().get(t).toDoubleArray(), 1e-12);
      }
    }
  }

  private static double[][][] parameters(Router router) {
    double[][][] all = new double[6][][];
    for (int i = 0; i < 6; i++) {
      NDArray array = router.getParameters().valueAt(i).getArray();
      NDArray matrix =
          array.reshape(array.getShape().dimension() == 1 ? 1 : -1, array.getShape().tail());
      all[i] = new double[(int) matrix.getShape().get(0)][];
      for (int r = 0; r < all[i].length; r++) {
        all[i][r] = matrix.get(r).toDoubleArray();
      }
    }
    return all;
  }

  private static double[] times(double[] x, double[][] matrix) {
    double[] y = new double[matrix[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y.length; j++) {
        y[j] += x[i] * matrix[i][j];
      }
    }
    return y;
  }

  private static double[] plus(double[] x, double[] bias) {
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i];
    }
    return y;
  }

  /** The logits of the second layer depend on tokens and parameters of the first. */
  @Test
  void gradientsFlowThroughTheState() {
    Router first = router("a");
    Router second = router("b");
    NDArray fixed = Logits.random(manager(), 4, D, 9);
    GradientCheck.assertCorrect(
        first,
        (ps, x) -> {
          ParameterStore store = RecordingStore.carrying(ps);
          first.route(store, x, CONTEXT);
          return second.route(store, fixed, CONTEXT).signals().logits();
        },
        Logits.random(manager(), 4, D, 8));
  }

  @Test
  void aPlainStoreIsRejected() {
    Router router = router("a");
    NDArray tokens = Logits.random(manager(), 4, D, 8);
    assertEquals(
        "a carries a state between layers; wrap the model in new RecordingModel(model)",
        assertThrows(
                IllegalStateException.class,
                () -> router.route(new ParameterStore(manager(), false), tokens, CONTEXT))
            .getMessage());
  }
}
