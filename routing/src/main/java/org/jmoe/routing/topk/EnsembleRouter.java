package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.GaussianNoise;
import org.jmoe.routing.TopKSpec;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * An ensemble of routers (Allingham et al. 2022, Sparse MoEs meet Efficient Ensembles, section 4;
 * V-MoE's {@code NoisyTopExpertsPerItemEnsembleRouter}): the experts are divided into M equal
 * blocks, and the m-th copy of a sequence uses only block m, through V-MoE's noisy top-k over the
 * block.
 *
 * <p>The batch contains the M copies of each sequence consecutively, as created by {@code
 * x.repeat(0, M)} from (B, S, D); {@code y.reshape(B, M, S, D).mean(1)} averages the outputs of the
 * members. The gate (D, E) concatenates the members' gates. Importance and load are over all E
 * experts, while upstream computes them per member.
 */
public final class EnsembleRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param members M, a divisor of the number of experts and of the number of sequences
   * @param k experts per token
   * @param noiseStd standard deviation of the noise in training, divided by the experts per block
   * @param capacity of the experts
   */
  public record Spec(int members, int k, double noiseStd, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(members >= 1, "members must be at least 1, not %s", members);
      Checks.k(k);
      Checks.nonNegative(noiseStd, "noiseStd");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Preconditions.checkArgument(
          experts % members == 0,
          "experts = %s must be a multiple of members = %s",
          experts,
          members);
      Checks.k(k, experts / members);
      return new EnsembleRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(
          RouterTrait.COUPLED, RouterTrait.NOISE, RouterTrait.REPEATED_SEQUENCES);
    }

    @Override
    public int largestK(int experts) {
      return experts / members;
    }
  }

  private final Spec spec;

  private EnsembleRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    if (context.sequences() % spec.members() != 0) {
      throw new RoutingException(
          path()
              + ": a batch of "
              + context.sequences()
              + " sequences does not contain "
              + spec.members()
              + " copies of each; repeat it along its first axis");
    }
    int block = experts() / spec.members();
    double std = spec.noiseStd() / block;
    NDArray noisy = GaussianNoise.added(logits, context, std); // (T, E)
    NDArray others = others(logits, context.sequences(), block); // (T, E)
    NDArray probs = // (T, E)
        Ops.softmax(RoutingOps.fill(noisy, others, Double.NEGATIVE_INFINITY));
    Routing routing = Routing.topK(logits, probs, spec.k(), spec.capacity(), context);
    return GaussianNoise.withNoise(routing, logits, noisy, context, std);
  }

  /** Marks the experts of other members than the token's; (T, E). */
  private NDArray others(NDArray logits, long sequences, int block) {
    NDArray expert = ExpertSlots.expertIds(logits); // (T, E)
    NDArray sequence = RoutingOps.parts(expert, sequences); // (T, E)
    NDArray first = Ops.scale(Ops.remainder(sequence, spec.members()), block); // (T, E)
    return expert.lt(first).logicalOr(expert.gte(Ops.shift(first, block)));
  }
}
