package org.jmoe.routing.expertchoice;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.OptionalInt;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.plan.SlotPlan;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Expert choice (Zhou et al. 2022, section 3.1): each expert takes the C tokens with the highest
 * probability (softmax over experts); a token may have no expert or many. Weights are those
 * probabilities, not renormalized. In V-MoE and flaxformer, ties go to the lowest token and slots
 * are in order of probability; in Praxis's second version, ties go to the highest token and slots
 * are in token order. Padding has probability 0 and is never taken. Not causal.
 */
public final class ExpertChoiceRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param praxis whether ties go to the highest token and slots are filled in token order
   * @param cap maximum number of experts per token (section 3.3 of the paper; solved exactly on the
   *     host, see {@link CappedChoice}); 0 for no cap
   * @param capacity tokens per expert; the factor is the mean number of experts per token
   */
  public record Spec(boolean praxis, int cap, Capacity capacity) implements RouterSpec {
    /** Checks the cap. */
    public Spec {
      Preconditions.checkArgument(cap >= 0, "cap must be at least 0, not %s", cap);
    }

    /** Creates settings without a cap. */
    public Spec(boolean praxis, Capacity capacity) {
      this(praxis, 0, capacity);
    }

    /** V-MoE's settings with a capacity factor in training and evaluation; the paper uses 2. */
    public static Spec of(double factor) {
      return new Spec(
          false, new Capacity(PublishedCapacity.VMOE, factor, factor, 1, DropOrder.K_MAJOR));
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new ExpertChoiceRouter(this, dim, experts, seed);
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
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED, RouterTrait.EXPERTS_CHOOSE);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "expert-choice-vmoe",
                  "Zhou et al. 2022, expert choice (V-MoE)",
                  ImmutableMap.of(),
                  (v, c) -> new Spec(false, c))
              .withCapacity(PublishedCapacity.VMOE, DropOrder.K_MAJOR),
          RouterPreset.of(
                  "expert-choice-flaxformer",
                  "Zhou et al. 2022, expert choice (flaxformer)",
                  ImmutableMap.of(),
                  (v, c) -> new Spec(false, c))
              .withCapacity(PublishedCapacity.FLAXFORMER, DropOrder.K_MAJOR),
          RouterPreset.of(
                  "expert-choice-praxis",
                  "Zhou et al. 2022, expert choice (Praxis, second version)",
                  ImmutableMap.of(),
                  (v, c) -> new Spec(true, c))
              .withCapacity(PublishedCapacity.PRAXIS_V2, DropOrder.K_MAJOR));

  private final Spec spec;

  private ExpertChoiceRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray padding = context.padding(); // (T)
    if (padding != null) {
      probs = Ops.fillRows(probs, padding, 0);
    }
    long tokens = logits.getShape().get(0);
    long parts = spec.capacity().scope().parts(tokens, context.sequences());
    long size = tokens / parts;
    // Capacity formulas of expert choice do not depend on k.
    OptionalInt limit = spec.capacity().slots(size, 1, experts(), context.training());
    int slots = Math.toIntExact(Math.min(size, limit.isPresent() ? limit.getAsInt() : size));
    NDList chosen =
        spec.cap() == 0
            ? ExpertSlots.choose(probs, padding, parts, slots, spec.praxis())
            : CappedChoice.choose(probs, padding, parts, slots, spec.cap(), spec.praxis());
    NDArray slotOfToken = chosen.get(1); // (T, E)
    NDArray kept = slotOfToken.gte(0); // (T, E)
    NDArray expert = ExpertSlots.expertIds(logits); // (T, E)
    NDArray choices = RoutingOps.fill(expert, kept.logicalNot(), -1); // (T, E)
    RoutingSignals signals =
        RoutingSignals.of(context.sequences(), logits, probs, choices, probs, kept)
            .withPadding(padding)
            .asBalanced();
    return new Routing(new SlotPlan(chosen.get(0), slotOfToken, probs), signals);
  }
}
