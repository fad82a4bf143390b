package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * A router whose scores are one linear map of the token, {@code logits = x W}; computed in float32
 * at least, whatever the experts use (Switch Transformer, Fedus et al. 2022, section 2.4).
 */
public abstract class GatedRouter extends Router {
  private final int dim;
  private final int experts;
  private final Parameter gate; // (D, E)

  /** A gate of normal weights, deviation {@code 1 / sqrt(D)}. */
  protected GatedRouter(int dim, int experts, Seed seed) {
    this(dim, experts, seed, 1 / Math.sqrt(dim));
  }

  /** A gate of normal weights of the given deviation; 0 for a gate of zeros. */
  protected GatedRouter(int dim, int experts, Seed seed, double deviation) {
    this(dim, dim, experts, seed, deviation);
  }

  /** A gate of another width than the tokens, for a router that projects them first. */
  protected GatedRouter(int dim, int width, int experts, Seed seed, double deviation) {
    super(seed);
    this.dim = dim;
    this.experts = experts;
    gate = weight("gate", new Shape(width, experts), deviation);
  }

  /** Number of experts E. */
  protected final int experts() {
    return experts;
  }

  /** Width D of the tokens. */
  protected final int dim() {
    return dim;
  }

  @Override
  public final Routing route(ParameterStore ps, NDArray tokens, RouterContext context) {
    Axes.require(tokens, "tokens of " + path(), "T D", -1, dim);
    NDArray x =
        tokens.getDataType() == DataType.FLOAT16 ? Ops.cast(tokens, DataType.FLOAT32) : tokens;
    NDArray input = gateInput(x, context); // (T, D)
    NDArray weight = castValue(ps, gate, x, context.training()); // (D, E)
    NDArray logits = score(ps, input, weight, context.training()); // (T, E)
    long token = firstUndefined(logits);
    if (token < 0) {
      return route(ps, x, logits, context);
    }
    if (!RecordingStore.dropsUndefined(ps)) {
      throw undefined(logits, token);
    }
    NDArray undefined = Ops.nonFiniteRows(logits); // (T)
    RecordingStore.recordDropped(ps, path(), Math.round(Ops.sum(undefined)));
    NDArray padding = context.padding(); // (T)
    NDArray without = padding == null ? undefined : padding.logicalOr(undefined); // (T)
    // Their rows become zeros before the gate, lest a NaN times a gradient of zero reach its
    // weights.
    return route(
        ps,
        Ops.fillRows(x, undefined, 0),
        Ops.fillRows(
            score(ps, Ops.fillRows(input, undefined, 0), weight, context.training()), undefined, 0),
        context.withPadding(without));
  }

  /**
   * The scores of the gate: {@code x W}, unless a router scores in another way.
   *
   * @param input (T, D)
   * @param weight (D, E)
   * @return (T, E)
   */
  protected NDArray score(ParameterStore ps, NDArray input, NDArray weight, boolean training) {
    return RoutingOps.scores(input, weight);
  }

  /**
   * Routes by scores that come from elsewhere, such as another implementation's.
   *
   * @param logits (T, E) in place of the gate's
   */
  public final Routing routeLogits(ParameterStore ps, NDArray logits, RouterContext context) {
    Axes.require(logits, "logits of " + path(), "T E", -1, experts);
    long token = firstUndefined(logits);
    if (token >= 0) {
      throw undefined(logits, token);
    }
    return route(ps, logits, logits, context);
  }

  /**
   * What the gate sees in place of the tokens (T, D), such as jittered ones; the experts see the
   * tokens themselves.
   */
  protected NDArray gateInput(NDArray tokens, RouterContext context) {
    return tokens;
  }

  /**
   * Routes by the gate's scores alone: what most routers override.
   *
   * @param logits (T, E)
   */
  protected abstract Routing route(NDArray logits, RouterContext context);

  /**
   * Routes by scores and by parameters of the router's own, such as a learned noise.
   *
   * @param tokens (T, D)
   * @param logits (T, E)
   */
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    return route(logits, context);
  }

  /**
   * A NaN would win every top-k in silence. The check reads one number per token, so on a GPU,
   * where it would make the host wait, it is left to the loss.
   */
  private static long firstUndefined(NDArray logits) {
    return logits.getDevice().isGpu() || logits.size() == 0 ? -1 : Ops.firstNonFiniteRow(logits);
  }

  private RoutingException undefined(NDArray logits, long token) {
    return new RoutingException(
        path()
            + ": router logits of token "
            + token
            + " are "
            + Arrays.toString(logits.get(token).toArray())
            + "; a router needs finite numbers, so look for an overflow in the layers before");
  }
}
