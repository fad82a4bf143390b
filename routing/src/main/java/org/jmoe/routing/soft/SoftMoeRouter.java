package org.jmoe.routing.soft;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.plan.SoftPlan;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Soft MoE (Puigcerver et al. 2024, section 2.1; V-MoE's {@code soft_moe/router.py}): with
 * L2-normalized tokens and slot vectors, {@code l = scale x phi}. The input of a slot is the mean
 * of tokens weighted by a softmax over tokens; the output of a token is the mean of slots weighted
 * by a softmax over slots. Slots average the original tokens, not the normalized ones. Each
 * sequence has its own slots. Not causal.
 */
public final class SoftMoeRouter extends Router {
  private static final double EPSILON = 1e-6;
  private static final double LOW = -1e30;

  /**
   * Settings.
   *
   * @param slots per expert
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

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "soft-moe",
                  "Puigcerver et al. 2024, From Sparse to Soft Mixtures of Experts",
                  ImmutableMap.of(PresetField.SCALE, 1.0),
                  (v, c) -> new Spec(1))
              .withCapacity(PublishedCapacity.SOFT_MOE, DropOrder.K_MAJOR));

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
    NDArray normalized = normalize(tokens, 1); // (T, D)
    NDArray weight =
        castValue(ps, phi, tokens, context.training()).reshape(dim, (long) experts * slots);
    NDArray factor = castValue(ps, scale, tokens, context.training()); // (1)
    NDArray logits = // (T, E * P)
        hooked(normalized.matMul(normalize(weight, 0)).mul(factor), context);
    NDArray padding = context.padding(); // (T)
    NDArray masked = logits; // (T, E * P)
    if (padding != null) {
      masked = Ops.fillRows(logits, padding, LOW);
    }
    Shape blocks = new Shape(parts, count / parts, (long) experts * slots);
    NDArray toSlots = masked.reshape(blocks).softmax(1).reshape(logits.getShape()); // (T, E * P)
    NDArray toTokens = Ops.softmax(logits); // (T, E * P)
    if (padding != null) {
      toSlots = Ops.fillRows(toSlots, padding, 0);
      toTokens = Ops.fillRows(toTokens, padding, 0);
    }
    NDArray perExpert = toTokens.reshape(count, experts, slots).sum(new int[] {2}); // (T, E)
    NDArray expertLogits = Ops.logSumExp(logits.reshape(count, experts, slots)); // (T, E)
    NDArray choices = ExpertSlots.expertIds(perExpert); // (T, E)
    RoutingSignals signals =
        RoutingSignals.of(parts, expertLogits, perExpert, choices, perExpert, choices.gte(0))
            .withPadding(padding)
            .asBalanced();
    return new Routing(new SoftPlan(blocks(toSlots, parts), blocks(toTokens, parts)), signals);
  }

  /** Lets the hook change the logits (T, E * P) of all slots of an expert alike. */
  private NDArray hooked(NDArray logits, RouterContext context) {
    if (context.hook() == null) {
      return logits;
    }
    NDArray rows = logits.reshape(-1, experts, slots).transpose(0, 2, 1); // (T, P, E)
    NDArray changed = context.hooked(rows.reshape(-1, experts)); // (T * P, E)
    return changed.reshape(-1, slots, experts).transpose(0, 2, 1).reshape(logits.getShape());
  }

  /** L2-normalizes as V-MoE, which adds the epsilon to the sum of squares. */
  private static NDArray normalize(NDArray x, int axis) {
    NDArray squares = x.mul(x).sum(new int[] {axis}, true);
    return x.div(Ops.shift(squares, EPSILON).sqrt());
  }

  /** Returns slots per sequence, empty for tokens of other sequences: (T, E, parts * P). */
  private NDArray blocks(NDArray x, long parts) {
    long count = x.getShape().get(0);
    NDArray one = x.reshape(count, experts, 1, slots); // (T, E, 1, P)
    if (parts == 1) {
      return one.reshape(count, experts, slots);
    }
    NDArray row = RoutingOps.parts(Ops.positions(x.get(new NDIndex(":, 0:1"))), parts); // (T, 1)
    NDArray member =
        Ops.cast(row.squeeze(1).oneHot(Math.toIntExact(parts)), x.getDataType()); // (T, B)
    return one.mul(member.reshape(count, 1, parts, 1)).reshape(count, experts, parts * slots);
  }
}
