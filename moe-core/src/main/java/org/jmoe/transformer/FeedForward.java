package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** A dense feed-forward, (.., D) to (.., D): what an MoE layer takes the place of. */
public final class FeedForward extends ShapedBlock {
  private final Activation activation;
  private final Parameter in; // (D, H), or (D, 2H) gated
  private final Parameter out; // (H, D)

  FeedForward(int dim, int hidden, Activation activation, Seed seed) {
    super(seed);
    this.activation = activation;
    in = weight("in", new Shape(dim, activation.columns(hidden)), 1 / Math.sqrt(dim));
    out = weight("out", new Shape(hidden, dim), 1 / Math.sqrt(hidden));
  }

  static long parameters(int dim, int hidden, Activation activation) {
    return Math.multiplyExact((long) dim, activation.columns(hidden) + hidden);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.head(); // (B, S, D)
    NDArray none = x.getManager().zeros(new Shape(0), x.getDataType()); // no bias
    return new NDList(
        Ops.feedForward(
            x,
            new FeedForwardWeights(
                activation,
                value(ps, in, x, training),
                none,
                value(ps, out, x, training),
                none,
                0,
                seed(),
                RecordingStore.precision(ps),
                RecordingStore.strategy(ps))));
  }
}
