package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.EngineInfo;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;

/**
 * P12: share of elements of a layer's output and gradients that are not bit-exact. Repeats must be
 * bit-exact; a different thread count or batch may change results by rounding.
 */
final class BitRows {
  private static final Seed SEED = Seed.of(1);
  private static final int ALONE = 16; // tokens also computed in a batch of one

  private final int dim;
  private final int hidden;
  private final int experts;
  private final Precision precision;

  BitRows(int dim, int hidden, int experts, Precision precision) {
    this.dim = dim;
    this.hidden = hidden;
    this.experts = experts;
    this.precision = precision;
  }

  /**
   * Measures one batch for several values of k.
   *
   * @param tokens T
   * @param choices values of k
   */
  List<BenchRow> of(int tokens, List<Integer> choices) {
    List<BenchRow> rows = new ArrayList<>();
    for (int k : choices) {
      String at = "%d,%d,%d,%d,%d %s".formatted(tokens, dim, hidden, experts, k, precision);
      try (NDManager manager = NDManager.newBaseManager()) {
        MoeLayer layer =
            new MoeLayer.Spec(
                    experts, TopKRouter.Spec.of(k), FeedForwardExperts.Spec.swiglu(hidden))
                .build(dim, SEED.child("moe"));
        layer.initialize(manager, DataType.FLOAT32, new Shape(1, dim));
        NDArray x = Ops.normal(manager.zeros(new Shape(tokens, dim)), SEED); // (T, D)
        List<float[]> first = numbers(layer, x);
        int other = EngineInfo.threads() == 1 ? 2 : 1;
        List<float[]> changed = EngineInfo.withThreads(other, () -> numbers(layer, x));
        rows.add(row("repeats", at, share(first, numbers(layer, x)), Goal.atMost(0)));
        rows.add(
            row(
                "repeats, threads " + other,
                at,
                share(changed, EngineInfo.withThreads(other, () -> numbers(layer, x))),
                Goal.atMost(0)));
        rows.add(row("other threads", at, share(first, changed), Goal.none()));
        rows.add(row("alone", at, alone(layer, x), Goal.none()));
      }
    }
    return rows;
  }

  private static BenchRow row(String what, String at, double share, Goal goal) {
    return new BenchRow("P12 differing, " + what, at, share, goal, "1");
  }

  /** Returns the output and the gradients of tokens and parameters. */
  private List<float[]> numbers(MoeLayer layer, NDArray tokens) {
    List<float[]> numbers = new ArrayList<>();
    try (NDManager scope = tokens.getManager().newSubManager()) {
      NDArray x = Ops.shift(tokens, 0); // (T, D)
      x.attach(scope);
      x.setRequiresGradient(true);
      List<NDArray> inputs = new ArrayList<>(List.of(x));
      for (Parameter parameter : layer.getParameters().values()) {
        if (parameter.requiresGradient()) {
          inputs.add(parameter.getArray());
        }
      }
      NDArray y = Gradients.recording(() -> forward(layer, x)); // (T, D)
      numbers.add(y.toFloatArray());
      for (NDArray gradient : Gradients.of(scope, y, inputs)) {
        numbers.add(gradient.toFloatArray());
      }
    }
    return numbers;
  }

  private NDArray forward(MoeLayer layer, NDArray x) {
    ParameterStore plain = new ParameterStore(x.getManager(), false);
    return layer.forward(new RecordingStore(plain, SEED, precision), new NDList(x), true).head();
  }

  private double alone(MoeLayer layer, NDArray x) {
    return NoGrad.get(
        () -> {
          List<float[]> together = new ArrayList<>();
          List<float[]> single = new ArrayList<>();
          try (NDManager scope = x.getManager().newSubManager()) {
            NDArray mine = Ops.shift(x, 0); // (T, D)
            mine.attach(scope);
            NDArray y = forward(layer, mine); // (T, D)
            for (int t = 0; t < ALONE; t++) {
              together.add(y.get(t).toFloatArray());
              single.add(forward(layer, mine.get(t).reshape(1, dim)).toFloatArray());
            }
          }
          return share(together, single);
        });
  }

  /** Returns the share of elements whose bits differ. */
  static double share(List<float[]> one, List<float[]> two) {
    long all = 0;
    long differing = 0;
    for (int i = 0; i < one.size(); i++) {
      for (int j = 0; j < one.get(i).length; j++) {
        all++;
        boolean same =
            Float.floatToRawIntBits(one.get(i)[j]) == Float.floatToRawIntBits(two.get(i)[j]);
        differing += same ? 0 : 1;
      }
    }
    return (double) differing / all;
  }
}
