package org.jmoe.routing.adaptive;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * The choice of Autonomy-of-Experts (Lv et al. 2025, arXiv 2501.13074; {@code AoE.py}): top-k of a
 * softmax over the experts' own scores, the norms of their first activations, without a gate. The
 * weights are not renormalized. Needs experts that score tokens, such as {@code AutonomousExperts}.
 */
public final class ExpertScoreRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param capacity of the experts
   */
  public record Spec(int k, Capacity capacity) implements TopKSpec {
    /** Checks k. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new ExpertScoreRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      return 0;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.EXPERT_SCORES, RouterTrait.NONLINEAR);
    }
  }

  private final Spec spec;

  private ExpertScoreRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, 0, experts, seed, 0);
    this.spec = spec;
  }

  @Override
  protected NDArray gateInput(NDArray tokens, RouterContext context) {
    return context.requireExpertScores(path()); // (T, E)
  }

  @Override
  protected NDArray score(ParameterStore ps, NDArray input, boolean training) {
    return input; // (T, E)
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    return Routing.topK(logits, Ops.softmax(logits), spec.k(), spec.capacity(), context);
  }
}
