package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * R vowel classifiers trained side by side, each from its own initial weights: networks with one
 * hidden layer, or mixtures of experts without one.
 */
abstract class VowelModel implements AutoCloseable {
  private static final double INIT_STD = 0.5; // of the initial weights

  private final NDManager manager;
  private final Seed seed;
  private final int runs;
  private final List<NDArray> parameters = new ArrayList<>();

  VowelModel(int runs, Seed seed, NDManager parent) {
    this.runs = runs;
    this.seed = seed;
    manager = parent.newSubManager();
  }

  /** Output and training loss. */
  record Answer(NDArray outputs, NDArray loss) {}

  /**
   * Output of the model.
   *
   * @param x (n, 3)
   * @param d (n, 4)
   * @return outputs (R, n, 4) and the loss summed over runs, averaged over tokens, ()
   */
  abstract Answer answer(NDArray x, NDArray d);

  /** Takes a gradient step on a loss. */
  final void update(double rate, NDArray loss, NDManager scope) {
    List<NDArray> gradients = Gradients.of(scope, loss, parameters);
    for (int i = 0; i < parameters.size(); i++) {
      parameters.get(i).subi(Ops.scale(gradients.get(i), rate));
    }
  }

  /** (R, rows, columns). */
  final NDArray weight(String name, int rows, int columns) {
    NDArray zeros = manager.zeros(new Shape(runs, rows, columns));
    NDArray weight = Ops.scale(Ops.normal(zeros, seed.child(name)), INIT_STD);
    zeros.close();
    weight.setRequiresGradient(true);
    parameters.add(weight);
    return weight;
  }

  /** Half the squared error, summed over the last axis. */
  static NDArray halfSquares(NDArray outputs, NDArray d) {
    return Ops.scale(outputs.sub(d).square().sum(new int[] {-1}), 0.5);
  }

  @Override
  public final void close() {
    manager.close();
  }

  /** Network with one hidden layer: logistic units, logistic outputs, squared error. */
  static final class Layered extends VowelModel {
    private final NDArray in; // (R, 3, H)
    private final NDArray out; // (R, H, 4)
    private final NDArray bias; // (R, 1, 4)

    Layered(int hidden, int runs, Seed seed, NDManager parent) {
      super(runs, seed, parent);
      in = weight("in", 3, hidden);
      out = weight("out", hidden, VowelData.VOWELS);
      bias = weight("bias", 1, VowelData.VOWELS);
    }

    @Override
    Answer answer(NDArray x, NDArray d) {
      NDArray hidden = RoutingOps.sigmoid(x.matMul(in)); // (R, n, H)
      NDArray outputs = RoutingOps.sigmoid(hidden.matMul(out).add(bias)); // (R, n, 4)
      return new Answer(outputs, halfSquares(outputs, d).mean(new int[] {1}).sum());
    }
  }

  /**
   * Mixture of single-layer experts with logistic outputs and a softmax gate; {@code E = - log
   * sum_i p_i exp(- |d - o_i|^2 / 2)} (Jacobs et al. 1991, equation 1.3).
   */
  static final class Experts extends VowelModel {
    private final int experts;
    private final NDArray weights; // (R, 3, M 4)
    private final NDArray gate; // (R, 3, M)

    Experts(int experts, int runs, Seed seed, NDManager parent) {
      super(runs, seed, parent);
      this.experts = experts;
      weights = weight("experts", 3, experts * VowelData.VOWELS);
      gate = weight("gate", 3, experts);
    }

    @Override
    Answer answer(NDArray x, NDArray d) {
      NDArray logits = x.matMul(gate); // (R, n, M)
      long runs = logits.getShape().get(0);
      long tokens = logits.getShape().get(1);
      NDArray each = // (R, n, M, 4)
          RoutingOps.sigmoid(x.matMul(weights)).reshape(runs, tokens, experts, VowelData.VOWELS);
      NDArray distance = halfSquares(each, d.expandDims(1)); // (R, n, M)
      NDArray likelihood = // (R, n), logarithm
          Ops.logSumExp(logits.logSoftmax(-1).sub(distance));
      NDArray outputs = each.mul(Ops.softmax(logits).expandDims(-1)).sum(new int[] {2});
      return new Answer(outputs, likelihood.neg().mean(new int[] {1}).sum()); // (R, n, 4), ()
    }
  }
}
