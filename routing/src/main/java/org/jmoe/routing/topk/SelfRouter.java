package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Self-Routing (Mohamud, Wagner and Ravanelli 2026, Parameter-Free Expert Routing from Hidden
 * States, arXiv 2604.00421): E coordinates of the token are its expert logits, without a gate.
 * Top-k of their softmax, as in {@link TopKRouter}.
 *
 * <p>Read in the abstract and in a digest of the paper; the authors published no code. The last E
 * coordinates are used. Which ones makes no difference to a model that is trained from scratch.
 */
public final class SelfRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param normalise whether the k weights sum to 1
   * @param capacity of the experts
   */
  public record Spec(int k, boolean normalise, Capacity capacity) implements TopKSpec {
    /** Checks k. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      Preconditions.checkArgument(
          experts <= dim,
          "self-routing reads one logit per expert from the token; use at most dim = %s experts,"
              + " not %s",
          dim,
          experts);
      return new SelfRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      return 0;
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "self-routing",
              "Mohamud et al. 2026, Self-Routing",
              ImmutableMap.of(PresetField.K, 2.0, PresetField.NORMALISE, 1.0),
              (v, c) -> new Spec(v.k(), v.on(PresetField.NORMALISE), c)));

  private final Spec spec;

  private SelfRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, 0, experts, seed, 0);
    this.spec = spec;
  }

  /** Returns the last E coordinates of the tokens, (T, E). */
  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    return AttentionOps.columns(input, dim() - experts(), experts());
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray weights = probs.gather(choices, 1); // (T, K)
    if (spec.normalise()) {
      weights = weights.div(weights.sum(new int[] {1}, true)); // (T, K)
    }
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }
}
