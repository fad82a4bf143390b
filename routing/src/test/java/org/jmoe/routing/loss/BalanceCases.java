package org.jmoe.routing.loss;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import java.util.List;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Signals and values of balance losses for tests. */
final class BalanceCases {
  static final RouterContext CONTEXT = RouterContext.of(true, Seed.of(0));

  private final NDManager manager;

  BalanceCases(NDManager manager) {
    this.manager = manager;
  }

  NDArray canonical() {
    return Logits.of(
        manager,
        new double[] {2, 1, 0, -1},
        new double[] {1.5, 2.5, -0.5, 0.5},
        new double[] {3, 0.5, 1, 0},
        new double[] {0.2, 0.1, 0.4, 0.3},
        new double[] {2.2, -1, 1.9, 0},
        new double[] {-0.5, 1, 0, 1.5});
  }

  RoutingSignals signals(NDArray logits, int k, RouterContext in) {
    return Routing.topK(logits, Ops.softmax(logits), k, Capacity.dropless(), in).signals();
  }

  static double value(AuxLoss loss, RoutingSignals... layers) {
    return Ops.cast(loss.ofLayers(List.of(layers)), DataType.FLOAT64).getDouble();
  }

  /** Returns the value, then the gradient of the logits. */
  double[] gradient(AuxLoss loss, NDArray logits, RouterContext in, int k) {
    logits.setRequiresGradient(true);
    double value;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray result = loss.of(signals(logits, k, in));
      collector.backward(result);
      value = Ops.cast(result, DataType.FLOAT64).getDouble();
    }
    double[] gradient = Ops.cast(logits.getGradient(), DataType.FLOAT64).toDoubleArray();
    double[] all = new double[gradient.length + 1];
    all[0] = value;
    System.arraycopy(gradient, 0, all, 1, gradient.length);
    return all;
  }
}
