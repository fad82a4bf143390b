package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Objects;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;

/** One expert applied to one row by definition, without plans, stacks and dispatch. */
final class PlainLoop {
  private final Map<String, NDArray> weights; // by tensor name

  PlainLoop(Map<String, NDArray> weights) {
    this.weights = weights;
  }

  private NDArray weight(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  /**
   * Applies an expert to a row.
   *
   * @param path of the experts
   * @param x (1, D)
   */
  NDArray of(ExpertsSpec spec, String path, int expert, NDArray x) {
    if (spec instanceof FeedForwardExperts.Spec plain) {
      NDArray none = x.getManager().zeros(new Shape(0), x.getDataType());
      return ExpertOps.feedForward(
          x,
          FeedForwardWeights.of(
              plain.activation(),
              weight(path + "/in").get(expert),
              plain.bias() ? weight(path + "/in_bias").get(expert) : none,
              weight(path + "/out").get(expert),
              plain.bias() ? weight(path + "/out_bias").get(expert) : none));
    }
    if (spec instanceof LatentExperts.Spec latent) {
      NDArray narrow = x.matMul(weight(path + "/latent/down")); // (1, L)
      return of(latent.expert(), path, expert, narrow).matMul(weight(path + "/latent/up"));
    }
    if (spec instanceof HeterogeneousExperts.Spec list) {
      return of(list.each().get(expert), path + "/" + expert, 0, x);
    }
    if (spec instanceof ZeroComputationExperts.Spec zero) {
      return switch (zero.kind()) {
        case ZERO -> x.zerosLike();
        case COPY -> x;
        case CONSTANT -> {
          NDArray shares = x.matMul(weight(path + "/mix").get(0)).softmax(-1); // (1, 2)
          yield x.mul(shares.get(new NDIndex(":, 0:1")))
              .add(weight(path + "/value").mul(shares.get(new NDIndex(":, 1:2"))));
        }
      };
    }
    if (spec instanceof BlockExperts.Spec) { // the linear layer of the tests
      return x.matMul(weight(path + "/01Linear_weight").transpose())
          .add(weight(path + "/01Linear_bias"));
    }
    throw new IllegalArgumentException(spec.toString());
  }
}
