package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.TopKSpec;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * torchtitan's token-choice router (PyTorch, {@code models/common/moe.py}): sigmoid or softmax
 * scores, a selection bias, groups by the sum of their two best experts, weights divided by their
 * sum if asked for, even for k = 1. The bias step is centred.
 */
public final class TorchTitanRouter extends BiasedRouter {
  /**
   * Settings.
   *
   * @param score what the logits become
   * @param k experts a token
   * @param groups groups of experts a token may use
   * @param normalise whether the weights are divided by their sum ({@code route_norm})
   * @param scalingFactor what every weight is multiplied by
   * @param updateRate step of the bias in each optimizer step; 0 for a bias that stays
   * @param capacity how many tokens an expert takes
   */
  public record Spec(
      ScoreFunction score,
      int k,
      Groups groups,
      boolean normalise,
      double scalingFactor,
      double updateRate,
      Capacity capacity)
      implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Checks.positive(scalingFactor, "scalingFactor");
      BiasedRouter.requireRate(updateRate);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      groups.require(experts, k);
      Preconditions.checkArgument(
          groups.kept() == groups.count() || experts / groups.count() >= 2,
          "groups = %s must hold at least 2 of the %s experts each",
          groups.count(),
          experts);
      return new TorchTitanRouter(this, dim, experts, seed);
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact(dim + 1L, experts);
    }

    @Override
    public Spec withK(int other) {
      return new Spec(score, other, groups, normalise, scalingFactor, updateRate, capacity);
    }

    @Override
    public Spec withCapacity(Capacity other) {
      return new Spec(score, k, groups, normalise, scalingFactor, updateRate, other);
    }
  }

  private final Spec spec;

  private TorchTitanRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed, BiasUpdate.CENTRED_SIGN, spec.updateRate());
    this.spec = spec;
  }

  @Override
  protected Routing route(
      ParameterStore ps, NDArray tokens, NDArray logits, RouterContext context) {
    NDArray scores = spec.score().scores(logits); // (T, E)
    NDArray rank = biased(ps, scores, context.training()); // (T, E)
    NDArray limited = spec.groups().limit(rank, 2, Double.NEGATIVE_INFINITY); // (T, E)
    NDArray choices = Ops.top(limited, spec.k()); // (T, K)
    NDArray weights = scores.gather(choices, 1); // (T, K)
    if (spec.normalise()) {
      weights = ScoreFunction.normalised(weights);
    }
    NDArray scaled = Ops.scale(weights, spec.scalingFactor()); // (T, K)
    return Routing.of(
        logits, spec.score().probs(scores), choices, scaled, spec.capacity(), context);
  }
}
