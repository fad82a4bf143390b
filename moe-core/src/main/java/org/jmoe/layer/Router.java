package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.tensor.Seed;

/** Decides which experts see which token and with what weight. */
public abstract class Router extends ShapedBlock {
  /** Creates a router named by its seed. */
  protected Router(Seed seed) {
    super(seed);
  }

  /**
   * Routes the tokens of one batch.
   *
   * @param tokens (T, D)
   */
  public abstract Routing route(ParameterStore ps, NDArray tokens, RouterContext context);

  /** As a plain block: the weights of the chosen experts, (T, K). */
  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    RouterContext context =
        RouterContext.of(training, RecordingStore.draws(ps, training).child(path()));
    return new NDList(route(ps, inputs.singletonOrThrow(), context).signals().weights());
  }
}
