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
 * V-MoE's {@code NoisyTopExpertsPerItemEnsembleRouter}): the experts fall into M equal blocks of
 * neighbours, and the m-th copy of a sequence sees those of block m alone, through V-MoE's noisy
 * top-k with the block's number of experts.
 *
 * <p>The batch holds the M copies of a sequence one after another, as {@code x.repeat(0, M)} makes
 * them from (B, S, D); {@code y.reshape(B, M, S, D).mean(1)} averages the members' answers. The
 * gate (D, E) holds the members' gates side by side. Importance and load are those of all E experts
 * together, where upstream takes each member's alone.
 */
public final class EnsembleRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param members M, which must divide the number of experts and of sequences
   * @param k experts a token
   * @param noiseStd deviation of the noise while training, divided by a block's number of experts
   * @param capacity how many tokens an expert takes
   */
  public record Spec(int members, int k, double noiseStd, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(members >= 1, "members must be at least 1, not %s", members);
      Checks.k(k);
      Checks.deviation(noiseStd, "noiseStd");
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Preconditions.checkArgument(
          experts % members == 0,
          "%s experts do not fall into %s equal blocks; choose a multiple of the members",
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
              + " sequences does not hold "
              + spec.members()
              + " copies of each; repeat it along its first axis");
    }
    int block = experts() / spec.members();
    double deviation = spec.noiseStd() / block;
    NDArray noisy = GaussianNoise.added(logits, context, deviation); // (T, E)
    NDArray foreign = foreign(logits, context.sequences(), block); // (T, E)
    NDArray probs = // (T, E)
        Ops.softmax(RoutingOps.fill(noisy, foreign, Double.NEGATIVE_INFINITY));
    Routing routing = Routing.topK(logits, probs, spec.k(), spec.capacity(), context);
    return GaussianNoise.told(routing, logits, noisy, context, deviation);
  }

  /** Which experts are of another member than the token's: those of other blocks; (T, E). */
  private NDArray foreign(NDArray logits, long sequences, int block) {
    NDArray expert = ExpertSlots.numbers(logits); // (T, E)
    NDArray sequence = RoutingOps.parts(expert, sequences); // (T, E)
    NDArray first = Ops.scale(Ops.remainder(sequence, spec.members()), block); // (T, E)
    return expert.lt(first).logicalOr(expert.gte(Ops.shift(first, block)));
  }
}
