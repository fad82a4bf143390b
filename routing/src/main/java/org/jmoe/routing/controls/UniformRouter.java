package org.jmoe.routing.controls;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Control: round-robin experts {@code (t k + j) mod E} (MegaBlocks {@code
 * uniform_expert_assignment}, torchtitan {@code _debug_force_load_balance}). The weights are the
 * probabilities of these experts, optionally normalized to sum 1.
 */
public final class UniformRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param normalise whether the k weights sum to 1
   * @param capacity of the experts
   */
  public record Spec(int k, boolean normalise, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new UniformRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "uniform",
              "control: round-robin",
              ImmutableMap.of(PresetField.K, 1.0, PresetField.NORMALISE, 0.0),
              (v, c) -> new Spec(v.k(), v.on(PresetField.NORMALISE), c)));

  private final Spec spec;

  private UniformRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray column = ExpertSlots.expertIds(logits).get(new NDIndex(":, 0:{}", spec.k())); // (T, K)
    NDArray choices = Ops.remainder(Ops.positions(column), experts()); // (T, K)
    NDArray weights = probs.gather(choices, 1); // (T, K)
    if (spec.normalise()) {
      weights = weights.div(weights.sum(new int[] {1}, true));
    }
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
