package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/** The expert of a {@link SharedSpec}, applied to all tokens. */
final class SharedExpert extends ShapedBlock {
  private final SharedSpec.Mix mix;
  private final Experts expert;
  private final @Nullable Parameter gate; // (D, 1) or (D, 2)

  SharedExpert(SharedSpec spec, int dim, Seed seed) {
    super(seed);
    mix = spec.mix();
    expert = addChildBlock("expert", spec.expert().build(dim, 1, seed.child("expert")));
    gate =
        mix.columns() == 0
            ? null
            : weight("mix", new Shape(dim, mix.columns()), 1 / Math.sqrt(dim));
  }

  /**
   * Adds the shared output to the routed output.
   *
   * @param tokens (T, D)
   * @param routed (T, D)
   */
  SharedPass join(ParameterStore ps, NDArray tokens, NDArray routed, boolean training, Seed draws) {
    NDArray one = tokens.stopGradient().get(new NDIndex(":, 0:1")).onesLike(); // (T, 1)
    NDArray zero = Ops.positions(one).zerosLike(); // (T, 1)
    GroupedPlan all = GroupedPlan.of(zero, one, 1);
    NDArray rows = all.dispatch(expert.projectIn(ps, tokens, training)); // (T, L)
    NDArray outputs = expert.forward(ps, rows, all, training, draws); // (T, L)
    NDArray shared = expert.projectOut(ps, all.combine(outputs), training); // (T, D)
    if (gate == null) {
      return new SharedPass(mix, shared, null, routed.add(shared));
    }
    NDArray scores = tokens.matMul(value(ps, gate, tokens, training)); // (T, 1) or (T, 2)
    if (mix == SharedSpec.Mix.RESIDUAL) {
      NDArray shares = Ops.softmax(scores); // (T, 2)
      NDArray first = routed.mul(shares.get(new NDIndex(":, 0:1")));
      NDArray both = first.add(shared.mul(shares.get(new NDIndex(":, 1:2")))); // (T, D)
      return new SharedPass(mix, shared, shares, both);
    }
    NDArray share = RoutingOps.sigmoid(scores); // (T, 1)
    NDArray both = // (T, D)
        mix == SharedSpec.Mix.GATED
            ? routed.add(shared.mul(share))
            : shared.add(routed.sub(shared).mul(share));
    return new SharedPass(mix, shared, share, both);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(path() + ": a shared expert is called by its MoeLayer");
  }
}
