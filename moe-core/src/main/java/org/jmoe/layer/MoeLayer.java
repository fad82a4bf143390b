package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.ShapedBlock;
import org.jspecify.annotations.Nullable;

/**
 * A mixture-of-experts layer: {@code y_t = sum_e g_e(x_t) E_e(x_t)} over the experts that the
 * router chose (Shazeer et al. 2017, equation 1). A plain DJL block of one input (.., D) and one
 * output of the same shape. Inputs may add an array named {@code ids}, {@code padding} or {@code
 * importance}, (B, S) each.
 */
public final class MoeLayer extends ShapedBlock {
  /**
   * Settings of a layer.
   *
   * @param experts number of experts E
   * @param router who decides
   * @param expert what each expert is
   * @param shared the expert that every token uses too; null for none
   */
  public record Spec(
      int experts, RouterSpec router, ExpertsSpec expert, @Nullable SharedSpec shared) {
    /** Checks that every token can have the experts it asks for. */
    public Spec {
      Preconditions.checkArgument(experts >= 1, "experts must be at least 1, not %s", experts);
      int active = router.activeExperts(experts);
      Preconditions.checkArgument(
          active >= 1 && active <= experts,
          "k must be between 1 and experts = %s, not %s",
          experts,
          active);
    }

    /** Without a shared expert. */
    public Spec(int experts, RouterSpec router, ExpertsSpec expert) {
      this(experts, router, expert, null);
    }

    /** Builds the layer for tokens of width D. */
    public MoeLayer build(int dim, Seed seed) {
      Preconditions.checkArgument(dim >= 1, "dim must be at least 1, not %s", dim);
      return new MoeLayer(this, dim, seed);
    }

    /** All parameters of a layer for tokens of width D. */
    public long parameters(int dim) {
      return router.parameters(dim, experts)
          + Math.multiplyExact(experts, expert.parametersPerExpert(dim))
          + sharedParameters(dim);
    }

    /** Parameters that take part in computing one token. */
    public long activeParameters(int dim) {
      return router.parameters(dim, experts)
          + Math.multiplyExact(router.activeExperts(experts), expert.activeParametersPerExpert(dim))
          + sharedParameters(dim);
    }

    private long sharedParameters(int dim) {
      return shared == null ? 0 : shared.parameters(dim);
    }
  }

  private final int dim;
  private final Router router;
  private final Experts experts;
  private final @Nullable SharedExpert shared;

  private MoeLayer(Spec spec, int dim, Seed seed) {
    super(seed);
    this.dim = dim;
    router =
        addChildBlock("router", spec.router().build(dim, spec.experts(), seed.child("router")));
    experts =
        addChildBlock("experts", spec.expert().build(dim, spec.experts(), seed.child("experts")));
    SharedSpec with = spec.shared();
    shared =
        with == null
            ? null
            : addChildBlock("shared", new SharedExpert(with, dim, seed.child("shared")));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.get(0); // (B, S, D) or (T, D)
    Shape shape = x.getShape();
    Axes.require(x.reshape(-1, shape.tail()), "input of " + path(), "T D", -1, dim);
    long count = shape.size() / dim;
    Seed draws = RecordingStore.draws(ps, training).child(path());

    NDArray tokens = x.reshape(count, dim); // (T, D)
    Routing routing = router.route(ps, tokens, context(inputs, shape, count, training, draws));
    NDArray rows = routing.plan().dispatch(tokens); // (N, D) or (E, C, D)
    NDArray outputs = experts.forward(ps, rows, routing.plan(), training, draws.child("experts"));
    NDArray y = routing.plan().combine(outputs); // (T, D)
    if (RecordingStore.weighsOutputs(ps)) {
      weigh(ps, outputs, routing);
    }
    NDArray share = routing.passThrough(); // (T)
    if (share != null) {
      y = y.add(tokens.mul(share.expandDims(1))); // (T, D)
    }
    if (shared != null) {
      y = shared.join(ps, tokens, y, training, draws.child("shared")); // (T, D)
    }

    RecordingStore.record(ps, path(), routing.signals());
    return new NDList(y.reshape(shape));
  }

  /** Tells what each expert adds; nothing for plans in which no token has an expert of its own. */
  private void weigh(ParameterStore ps, NDArray outputs, Routing routing) {
    NDArray choices = routing.signals().choices(); // (T, K)
    if (routing.plan() instanceof GroupedPlan plan) {
      weigh(ps, outputs, plan.rowOfChoice(), plan.weights(), choices, plan.experts());
    } else if (routing.plan() instanceof SlotPlan plan) {
      weigh(ps, outputs, plan.slotOfChoice(), plan.weights(), choices, plan.experts());
    }
  }

  private void weigh(
      ParameterStore ps, NDArray outputs, NDArray at, NDArray weights, NDArray choices, int e) {
    double[] sums = RoutingOps.saliency(outputs, at, weights, choices, e).toDoubleArray(); // (2, E)
    ImmutableDoubleArray all = ImmutableDoubleArray.copyOf(sums);
    RecordingStore.recordSaliency(
        ps, path(), new ExpertSaliency(all.subArray(0, e), all.subArray(e, 2 * e)));
  }

  /** The shape of the first input; ids and padding are not passed on. */
  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return new Shape[] {inputShapes[0]};
  }

  private static RouterContext context(
      NDList inputs, Shape shape, long tokens, boolean training, Seed draws) {
    NDArray ids = inputs.get("ids"); // (B, S)
    NDArray padding = inputs.get("padding"); // (B, S)
    NDArray importance = inputs.get("importance"); // (B, S)
    int axes = shape.dimension();
    long sequences = axes > 2 ? shape.slice(0, axes - 2).size() : 1;
    return new RouterContext(
        training,
        draws.child("router"),
        Math.max(1, sequences),
        ids == null ? null : ids.reshape(tokens),
        padding == null ? null : padding.reshape(tokens),
        importance == null ? null : importance.reshape(tokens),
        null);
  }
}
