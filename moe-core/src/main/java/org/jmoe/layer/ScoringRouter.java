package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import java.util.Arrays;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * A router with logits from a gate, {@code x W} unless {@link #score} is overridden, computed in at
 * least float32 regardless of the compute precision of the experts (Switch Transformer, Fedus et
 * al. 2022, section 2.4). Routers that need nothing but the logits extend {@link GatedRouter}.
 */
public abstract class ScoringRouter extends Router {
  private final int dim;
  private final int experts;
  private final @Nullable Parameter gate; // (D, E)

  /** Creates a gate with normal weights of standard deviation {@code 1 / sqrt(D)}. */
  protected ScoringRouter(int dim, int experts, Seed seed) {
    this(dim, experts, seed, 1 / Math.sqrt(dim));
  }

  /** Creates a gate with normal weights of a standard deviation; 0 for zeros. */
  protected ScoringRouter(int dim, int experts, Seed seed, double std) {
    this(dim, dim, experts, seed, std);
  }

  /**
   * Creates a gate of another width than the tokens, for routers that project tokens first.
   *
   * @param width of the gate's input; 0 for no gate, for routers that override {@link #score}
   */
  protected ScoringRouter(int dim, int width, int experts, Seed seed, double std) {
    super(seed);
    this.dim = dim;
    this.experts = experts;
    gate = width == 0 ? null : weight("gate", new Shape(width, experts), std);
  }

  /** Returns the number of experts E. */
  protected final int experts() {
    return experts;
  }

  /** Returns the width D of the tokens. */
  protected final int dim() {
    return dim;
  }

  @Override
  public final Routing route(ParameterStore ps, NDArray tokens, RouterContext context) {
    Axes.require(tokens, "tokens of " + path(), "T D", -1, dim);
    NDArray x =
        tokens.getDataType() == DataType.FLOAT16 ? Ops.cast(tokens, DataType.FLOAT32) : tokens;
    NDArray input = gateInput(x, context); // (T, D)
    NDArray logits = score(ps, input, context.training()); // (T, E)
    long token = firstNonFinite(logits);
    if (token < 0) {
      return offer(ps, x, route(ps, x, context.hooked(logits), context), context);
    }
    if (!RecordingStore.dropsNonFinite(ps)) {
      throw nonFinite(logits, token);
    }
    NDArray nonFinite = Ops.nonFiniteRows(logits); // (T)
    RecordingStore.recordDropped(ps, path(), Math.round(Ops.sum(nonFinite)));
    NDArray padding = context.padding(); // (T)
    NDArray without = padding == null ? nonFinite : padding.logicalOr(nonFinite); // (T)
    // Their rows are zeroed before the gate; otherwise NaN times a zero gradient would reach its
    // weights.
    NDArray scored = score(ps, Ops.fillRows(input, nonFinite, 0), context.training()); // (T, E)
    Routing routing =
        route(
            ps,
            Ops.fillRows(x, nonFinite, 0),
            context.hooked(Ops.fillRows(scored, nonFinite, 0)),
            context.withPadding(without));
    return offer(ps, x, routing, context);
  }

  /** Adds what losses of the pass use of the gate. */
  private Routing offer(ParameterStore ps, NDArray x, Routing routing, RouterContext context) {
    Routing offered = routing;
    if (gate != null && RecordingStore.keeps(ps, AuxLoss.Input.GATE)) {
      offered = offered.with(AuxLoss.Input.GATE, gate(ps, x, context.training()));
    }
    if (gate != null && RecordingStore.keeps(ps, AuxLoss.Input.GATE_DRAWS)) {
      NDArray like = gate(ps, x, context.training()).stopGradient(); // (D, E)
      offered =
          offered.with(
              AuxLoss.Input.GATE_DRAWS, Ops.uniform(like, context.seed().child("gate_draws")));
    }
    return offered;
  }

  /**
   * Returns the logits: {@code x W}, unless overridden.
   *
   * @param input (T, D)
   * @return (T, E)
   */
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    return RoutingOps.scores(input, gate(ps, input, training));
  }

  /** Returns the weights (D, E) of the gate in the type of an activation. */
  protected final NDArray gate(ParameterStore ps, NDArray activation, boolean training) {
    Parameter weights = gate;
    Preconditions.checkState(weights != null, "%s has no gate; override score", path());
    return castValue(ps, weights, activation, training);
  }

  /**
   * Routes by given logits, for example those of another implementation.
   *
   * @param logits (T, E)
   */
  public final Routing routeLogits(ParameterStore ps, NDArray logits, RouterContext context) {
    Axes.require(logits, "logits of " + path(), "T E", -1, experts);
    long token = firstNonFinite(logits);
    if (token >= 0) {
      throw nonFinite(logits, token);
    }
    return route(ps, logits, context.hooked(logits), context);
  }

  /**
   * Returns the input of the gate (T, D), for example tokens with jitter. The experts get the
   * unmodified tokens.
   */
  protected NDArray gateInput(NDArray tokens, RouterContext context) {
    return tokens;
  }

  /**
   * Routes by logits and further parameters of the router, such as learned noise.
   *
   * @param tokens (T, D)
   * @param logits (T, E)
   */
  protected abstract Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context);

  /**
   * Returns the first token with non-finite logits, or -1. A NaN would silently win every top-k. On
   * GPUs the check is skipped, because it would synchronise; the loss is checked instead.
   */
  private static long firstNonFinite(NDArray logits) {
    return logits.getDevice().isGpu() || logits.size() == 0 ? -1 : Ops.firstNonFiniteRow(logits);
  }

  private RoutingException nonFinite(NDArray logits, long token) {
    return new RoutingException(
        path()
            + ": router logits of token "
            + token
            + " are "
            + Arrays.toString(logits.get(token).toArray())
            + "; router logits must be finite, so check the preceding layers for overflow");
  }
}
