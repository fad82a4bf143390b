package org.jmoe.routing.soft;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.SoftPlan;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Soft MoE (Puigcerver et al. 2024, section 2.1; V-MoE's {@code soft_moe/router.py}): tokens and
 * slot vectors of length 1, {@code l = scale x phi}; a slot's input is the mean of the tokens
 * weighted by a softmax over tokens, a token's output the mean of the slots weighted by a softmax
 * over slots. The slots read the tokens themselves, not those of length 1. Every sequence has slots
 * of its own. A token's routing depends on later tokens.
 */
public final class SoftMoeRouter extends Router {
  private static final double EPSILON = 1e-6;
  private static final double LOW = -1e30;

  /**
   * Settings.
   *
   * @param slots of each expert
   */
  public record Spec(int slots) implements RouterSpec {
    /** Checks the number. */
    public Spec {
      Preconditions.checkArgument(slots >= 1, "slots must be at least 1, not %s", slots);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new SoftMoeRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return experts;
    }

    @Override
    public boolean causal() {
      return false;
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact((long) dim * slots, experts) + 1;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(
          RouterTrait.COUPLED, RouterTrait.EVERY_TOKEN, RouterTrait.SLOTS, RouterTrait.NONLINEAR);
    }
  }

  private final int dim;
  private final int experts;
  private final int slots;
  private final Parameter phi; // (D, E, P)
  private final Parameter scale; // (1)

  private SoftMoeRouter(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    this.dim = dim;
    this.experts = experts;
    slots = spec.slots();
    phi = weight("phi", new Shape(dim, experts, slots), 1 / Math.sqrt(dim));
    scale = ones("scale", new Shape(1));
  }

  @Override
  public Routing route(ParameterStore ps, NDArray tokens, RouterContext context) {
    Axes.require(tokens, "tokens of " + path(), "T D", -1, dim);
    long count = tokens.getShape().get(0);
    long parts = context.sequences();
    NDArray unit = unit(tokens, 1); // (T, D)
    NDArray weight =
        castValue(ps, phi, tokens, context.training()).reshape(dim, (long) experts * slots);
    NDArray strength = castValue(ps, scale, tokens, context.training()); // (1)
    NDArray logits = unit.matMul(unit(weight, 0)).mul(strength); // (T, E * P)
    NDArray padding = context.padding(); // (T)
    NDArray seen = logits; // (T, E * P)
    if (padding != null) {
      seen = Ops.fillRows(logits, padding, LOW);
    }
    Shape blocks = new Shape(parts, count / parts, (long) experts * slots);
    NDArray toSlots = seen.reshape(blocks).softmax(1).reshape(logits.getShape()); // (T, E * P)
    NDArray toTokens = Ops.softmax(logits); // (T, E * P)
    if (padding != null) {
      toSlots = Ops.fillRows(toSlots, padding, 0);
      toTokens = Ops.fillRows(toTokens, padding, 0);
    }
    NDArray perExpert = toTokens.reshape(count, experts, slots).sum(new int[] {2}); // (T, E)
    NDArray expertLogits = Ops.logSumExp(logits.reshape(count, experts, slots)); // (T, E)
    NDArray choices = ExpertSlots.numbers(perExpert); // (T, E)
    RoutingSignals signals =
        new RoutingSignals(
            parts,
            expertLogits,
            perExpert,
            choices,
            perExpert,
            choices.gte(0),
            null,
            null,
            padding,
            true);
    return new Routing(new SoftPlan(blocks(toSlots, parts), blocks(toTokens, parts)), signals);
  }

  /** V-MoE's normalisation: the epsilon is added to the sum of squares. */
  private static NDArray unit(NDArray x, int axis) {
    NDArray squares = x.mul(x).sum(new int[] {axis}, true);
    return x.div(Ops.shift(squares, EPSILON).sqrt());
  }

  /** Each sequence's own slots, empty for the tokens of others: (T, E, parts * P). */
  private NDArray blocks(NDArray x, long parts) {
    long count = x.getShape().get(0);
    NDArray one = x.reshape(count, experts, 1, slots); // (T, E, 1, P)
    if (parts == 1) {
      return one.reshape(count, experts, slots);
    }
    NDArray row = RoutingOps.parts(Ops.positions(x.get(new NDIndex(":, 0:1"))), parts); // (T, 1)
    NDArray own =
        Ops.cast(row.squeeze(1).oneHot(Math.toIntExact(parts)), x.getDataType()); // (T, B)
    return one.mul(own.reshape(count, 1, parts, 1)).reshape(count, experts, parts * slots);
  }
}
