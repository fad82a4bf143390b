package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.tensor.Seed;

/** Assigns tokens to experts with weights. */
public abstract class Router extends ShapedBlock {
  /** Creates a router whose name is the path of the seed. */
  protected Router(Seed seed) {
    super(seed);
  }

  /**
   * Routes the tokens of one batch.
   *
   * @param tokens (T, D)
   */
  public abstract Routing route(ParameterStore ps, NDArray tokens, RouterContext context);

  /** Returns the weights of the chosen experts, (T, K), when called as a plain block. */
  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    RouterContext context =
        RouterContext.of(training, RecordingStore.draws(ps, training).child(path()));
    return new NDList(route(ps, inputs.singletonOrThrow(), context).signals().weights());
  }
}
