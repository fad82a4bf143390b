package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.GumbelNoise;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * DeepSpeed's top-1 gate (Microsoft, {@code sharded_moe.top1gating}): the most probable expert,
 * weighted by its probability. Optional Gumbel noise ({@code RSample}) affects only the choice, not
 * the weight. Tokens are dropped at random ({@code use_rts}).
 */
public final class DeepSpeedTop1Router extends GatedRouter {
  /**
   * Settings.
   *
   * @param sampled whether the choice is sampled in training
   * @param capacity of the experts
   */
  public record Spec(boolean sampled, Capacity capacity) implements TopKSpec {
    @Override
    public int k() {
      return 1;
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new DeepSpeedTop1Router(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.NOISE);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "deepspeed-top1",
                  "Rajbhandari et al. 2022, DeepSpeed-MoE: top1gating",
                  ImmutableMap.of(PresetField.K, 1.0),
                  (v, c) -> new Spec(false, v.only(1, c)))
              .withCapacity(PublishedCapacity.DEEPSPEED, DropOrder.RANDOM));

  private final Spec spec;

  private DeepSpeedTop1Router(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray scores = // (T, E); in evaluation, upstream ignores even given noise
        context.training() ? GumbelNoise.added(logits, context, spec.sampled()) : logits;
    NDArray choices = Ops.top(scores, 1); // (T, 1)
    NDArray weights = probs.gather(choices, 1); // (T, 1)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
