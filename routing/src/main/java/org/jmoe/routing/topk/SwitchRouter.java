package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Switch Transformer's top-1 router (Fedus et al. 2022, section 2.1): the most probable expert,
 * weighted by its probability, not renormalized. In training, the gate's input is multiplied by
 * {@code U[1 - jitter, 1 + jitter]} (the paper's appendix code {@code router}); experts get the
 * unmodified token. In Hugging Face's Mixtral, experts get the jittered token too.
 */
public final class SwitchRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param jitter half width of the multiplicative noise; 0.01 in the paper
   * @param capacity of the experts; the paper uses a factor of 1.25
   */
  public record Spec(double jitter, Capacity capacity) implements TopKSpec {
    /** Checks the jitter. */
    public Spec {
      Preconditions.checkArgument(
          jitter >= 0 && jitter < 1, "jitter must be at least 0 and below 1, not %s", jitter);
    }

    /** The paper's settings: jitter 0.01 and a capacity factor in training. */
    public static Spec of(double capacityFactor) {
      return new Spec(0.01, Capacity.factor(capacityFactor));
    }

    @Override
    public int k() {
      return 1;
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new SwitchRouter(this, dim, experts, seed);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "switch",
                  "Fedus et al. 2022, Switch Transformers",
                  ImmutableMap.of(PresetField.K, 1.0),
                  (v, c) -> new Spec(0, v.only(1, c)))
              .withCapacity(PublishedCapacity.FLAXFORMER, DropOrder.K_MAJOR));

  private final Spec spec;

  private SwitchRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected NDArray gateInput(NDArray tokens, RouterContext context) {
    if (!context.drawsNoise() || spec.jitter() == 0) {
      return tokens;
    }
    NDArray uniform = Ops.uniform(tokens.stopGradient(), context.seed().child("jitter")); // (T, D)
    return tokens.mul(
        Ops.shift(Ops.scale(uniform, 2 * spec.jitter()), 1 - spec.jitter())); // (T, D)
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    return Routing.topK(logits, Ops.softmax(logits), 1, spec.capacity(), context);
  }
}
