package org.jmoe.routing.top2;

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
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * FastMoE's GShard gate (He et al. 2021; {@code gates/gshard_gate.py}): weights are a softmax over
 * the two chosen logits. The second expert is discarded if {@code 2 w_2 < U}, after the capacity is
 * applied, so its slot stays empty.
 */
public final class FastMoeGShardRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param random whether the second expert may be discarded
   * @param capacity of the experts
   */
  public record Spec(boolean random, Capacity capacity) implements Top2Spec {
    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(2, experts);
      return new FastMoeGShardRouter(this, dim, experts, seed);
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
                  "fastmoe-gshard",
                  "He et al. 2021, FastMoE: gshard_gate.py",
                  ImmutableMap.of(PresetField.K, 2.0),
                  (v, c) -> new Spec(true, v.only(2, c)))
              .withCapacity(PublishedCapacity.FASTMOE_GSHARD, DropOrder.TOKEN_MAJOR));

  private final Spec spec;

  private FastMoeGShardRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray choices = Ops.top(logits, 2); // (T, 2)
    NDArray weights = Ops.softmax(logits.gather(choices, 1)); // (T, 2)
    Selection selection = Selection.of(logits, Ops.softmax(logits), choices, weights);
    if (spec.random()) {
      NDArray second = weights.get(new NDIndex(":, 1")); // (T)
      NDArray discarded = Ops.scale(second, 2).lt(context.uniform(logits)); // (T)
      selection = selection.withDiscarded(Pair.second(discarded));
    }
    return Routing.of(selection, spec.capacity(), context);
  }
}
