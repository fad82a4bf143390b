package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import org.jmoe.block.ShapedBlock;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * A mixture-of-experts layer: {@code y_t = sum_e g_e(x_t) E_e(x_t)} over the experts chosen by the
 * router (Shazeer et al. 2017, equation 1). A DJL block with one input (.., D) and one output of
 * the same shape. Optional further inputs are arrays named {@code ids}, {@code padding} and {@code
 * importance}, (B, S) each.
 */
public final class MoeLayer extends ShapedBlock {
  /**
   * Settings of a layer.
   *
   * @param experts number of experts E
   * @param router settings of the router
   * @param expert settings of the experts
   * @param shared an expert applied to every token; null for none
   */
  public record Spec(
      int experts, RouterSpec router, ExpertsSpec expert, @Nullable SharedSpec shared) {
    /** Checks the number of experts per token. */
    public Spec {
      Preconditions.checkArgument(experts >= 1, "experts must be at least 1, not %s", experts);
      int active = router.activeExperts(experts);
      Preconditions.checkArgument(
          active >= 1 && active <= experts,
          "k must be between 1 and experts = %s, not %s",
          experts,
          active);
    }

    /** Creates settings without a shared expert. */
    public Spec(int experts, RouterSpec router, ExpertsSpec expert) {
      this(experts, router, expert, null);
    }

    /**
     * Builds a layer for tokens of width D.
     *
     * @param seed names the layer; a root seed names it {@code moe}
     */
    public MoeLayer build(int dim, Seed seed) {
      requireFits(dim);
      return new MoeLayer(this, dim, seed.path().isEmpty() ? seed.child("moe") : seed);
    }

    /**
     * Checks that all parts fit tokens of width D.
     *
     * @throws IllegalArgumentException with the invalid setting and a fix
     */
    public void requireFits(int dim) {
      Preconditions.checkArgument(dim >= 1, "dim must be at least 1, not %s", dim);
      expert.requireFits(dim, experts);
      if (shared != null) {
        shared.expert().requireFits(dim, 1);
      }
    }

    /** Returns the number of parameters for tokens of width D. */
    public long parameters(int dim) {
      return Math.addExact(
          Math.addExact(router.parameters(dim, experts), expert.parameters(dim, experts)),
          sharedParameters(dim));
    }

    /** Returns the number of parameters used per token; the mean if experts differ. */
    public long activeParameters(int dim) {
      return router.parameters(dim, experts)
          + expert.activeParameters(dim, router.activeExperts(experts))
          + sharedParameters(dim);
    }

    private long sharedParameters(int dim) {
      return shared == null ? 0 : shared.parameters(dim);
    }
  }

  private final int dim;
  private final int expertCount;
  private final Router router;
  private final Experts experts;
  private final @Nullable SharedExpert shared;

  private MoeLayer(Spec spec, int dim, Seed seed) {
    super(seed);
    this.dim = dim;
    expertCount = spec.experts();
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
    LayerHook hook = RecordingStore.hook(ps);
    RouterContext context = context(inputs, shape, count, training, draws);
    if (experts.scoresTokens()) {
      context = context.withExpertScores(() -> experts.scores(ps, tokens, training));
    }
    Routing routing = route(ps, tokens, context, hook);
    NDArray projected = experts.projectIn(ps, tokens, training); // (T, L)
    NDArray rows = routing.plan().dispatch(projected); // (N, L) or (E, C, L)
    NDArray computed = experts.forward(ps, rows, routing.plan(), training, draws.child("experts"));
    NDArray outputs = // (N, L) or (E, C, L)
        hook == null ? computed : hook.outputs(path(), routing.plan(), computed);
    NDArray y = experts.projectOut(ps, routing.plan().combine(outputs), training); // (T, D)
    NDArray share = routing.passThrough(); // (T)
    if (share != null) {
      y = y.add(tokens.mul(share.expandDims(1))); // (T, D)
    }
    SharedPass sharedPass =
        shared == null ? null : shared.join(ps, tokens, y, training, draws.child("shared"));
    NDArray output = sharedPass == null ? y : sharedPass.joined(); // (T, D)

    RecordingStore.record(ps, path(), kept(ps, routing, outputs, training));
    if (hook != null) {
      NDArray each = experts.projectOut(ps, outputs, training); // (N, D) or (E, C, D)
      hook.computed(this, new LayerPass(tokens, routing, each, sharedPass, output));
    }
    return new NDList(output.reshape(shape));
  }

  /** Returns the signals with what losses of the pass use of the experts. */
  private RoutingSignals kept(
      ParameterStore ps, Routing routing, NDArray outputs, boolean training) {
    RoutingSignals signals = routing.signals();
    if (RecordingStore.keeps(ps, AuxLoss.Input.EXPERTS_IN)) {
      NDArray first = experts.firstMatrix(ps, outputs, training); // (E, D, H)
      signals = first == null ? signals : signals.with(AuxLoss.Input.EXPERTS_IN, first);
    }
    if (RecordingStore.keeps(ps, AuxLoss.Input.OUTPUTS)) {
      NDArray each = experts.projectOut(ps, outputs, training); // (N, D) or (E, C, D)
      NDArray ofChoices = routing.plan().ofChoices(each); // (T, K, D)
      signals = ofChoices == null ? signals : signals.with(AuxLoss.Input.OUTPUTS, ofChoices);
    }
    return signals;
  }

  private Routing route(
      ParameterStore ps, NDArray tokens, RouterContext context, @Nullable LayerHook hook) {
    RouterHook change = hook == null ? null : hook.router(path());
    if (change == null) {
      return router.route(ps, tokens, context);
    }
    CalledHook called = new CalledHook(change);
    Routing routing = router.route(ps, tokens, context.withHook(called));
    change.applied(router.path(), called.logits, called.choices);
    return routing;
  }

  /** Notes which points of a router called a hook. */
  private static final class CalledHook implements RouterHook {
    private final RouterHook change;
    private boolean logits;
    private boolean choices;

    private CalledHook(RouterHook change) {
      this.change = change;
    }

    @Override
    public NDArray logits(NDArray before) {
      logits = true;
      return change.logits(before);
    }

    @Override
    public Selection choices(Selection before) {
      choices = true;
      return change.choices(before);
    }
  }

  /**
   * Returns whether the path is that of a layer nested in an expert, which receives the tokens of
   * that expert only.
   */
  public static boolean isInsideExpert(String path) {
    return path.contains("/experts/");
  }

  /**
   * Applies every expert to every token, independent of the router.
   *
   * @param tokens (T, D)
   * @return (E, T, D)
   */
  public NDArray everyExpert(ParameterStore ps, NDArray tokens) {
    Axes.require(tokens, "tokens of " + path(), "T D", -1, dim);
    long count = tokens.getShape().get(0);
    NDManager manager = tokens.getManager();
    NDArray numbers = manager.arange(0, expertCount, 1, DataType.INT64); // (E)
    NDArray choices = numbers.reshape(1, expertCount).broadcast(count, expertCount); // (T, E)
    NDArray weights = manager.ones(new Shape(count, expertCount), tokens.getDataType()); // (T, E)
    GroupedPlan all = GroupedPlan.of(choices, weights, expertCount);
    NDArray rows = all.dispatch(experts.projectIn(ps, tokens, false)); // (E * T, L)
    NDArray outputs = experts.forward(ps, rows, all, false, RecordingStore.draws(ps, false));
    return experts.projectOut(ps, outputs, false).reshape(expertCount, count, dim);
  }

  /** Returns the shape of the first input; ids and padding have no output. */
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
    return RouterContext.of(training, draws.child("router"))
        .withSequences(Math.max(1, sequences))
        .withTokenIds(ids == null ? null : ids.reshape(tokens))
        .withPadding(padding == null ? null : padding.reshape(tokens))
        .withImportance(importance == null ? null : importance.reshape(tokens));
  }
}
