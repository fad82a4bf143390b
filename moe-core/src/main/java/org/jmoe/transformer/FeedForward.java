package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Seed;

/** A dense feed-forward network, (.., D) to (.., D). */
public final class FeedForward extends ShapedBlock {
  /**
   * Settings.
   *
   * @param hidden width H
   * @param activation between the two matmuls
   */
  public record Spec(int hidden, Activation activation) {
    /** Checks the width. */
    public Spec {
      Preconditions.checkArgument(hidden >= 1, "hidden must be at least 1, not %s", hidden);
    }

    /** Builds a feed-forward network for tokens of width D. */
    public FeedForward build(int dim, Seed seed) {
      return new FeedForward(dim, hidden, activation, seed);
    }

    /** Returns the number of parameters for tokens of width D. */
    public long parameters(int dim) {
      return Math.multiplyExact((long) dim, activation.columns(hidden) + (long) hidden);
    }
  }

  private final Activation activation;
  private final Parameter in; // (D, H), or (D, 2H) gated
  private final Parameter out; // (H, D)

  private FeedForward(int dim, int hidden, Activation activation, Seed seed) {
    super(seed);
    this.activation = activation;
    in = weight("in", new Shape(dim, activation.columns(hidden)), 1 / Math.sqrt(dim));
    out = weight("out", new Shape(hidden, dim), 1 / Math.sqrt(hidden));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.head(); // (B, S, D)
    NDArray none = x.getManager().zeros(new Shape(0), x.getDataType()); // no bias
    return new NDList(
        ExpertOps.feedForward(
            x,
            FeedForwardWeights.of(
                    activation, value(ps, in, x, training), none, value(ps, out, x, training), none)
                .withPrecision(RecordingStore.precision(ps))
                .withStrategy(RecordingStore.strategy(ps))));
  }
}
