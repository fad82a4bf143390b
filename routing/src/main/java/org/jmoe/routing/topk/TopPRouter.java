package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import com.google.common.base.Preconditions;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Top-p routing: as many experts as it takes to gather a share of the probability, in the three
 * forms that are published under that name. Weights are the probabilities, not renormalised.
 */
public final class TopPRouter extends GatedRouter {
  /** The rule that ends a token's list of experts, largest probability first. */
  public enum Form {
    /**
     * Up to and including the first whose running sum exceeds p (Huang et al. 2024, Dynamic MoE,
     * equation 4; {@code top_p_sampling_batched_all_sequence}).
     */
    DYNAMIC,
    /** Those whose running sum is at most p, and always the first (brineylab). */
    STRICT,
    /**
     * Those among the k largest whose running sum, itself included, is below p; the others are
     * skipped and take no slot, so that a token may have none (MindSpore {@code TopPRouter}).
     */
    MINDSPORE
  }

  /**
   * Settings.
   *
   * @param form which rule
   * @param p share of the probability
   * @param k most experts a token; 0 for all
   * @param capacity how many tokens an expert takes
   */
  public record Spec(Form form, double p, int k, Capacity capacity) implements RouterSpec {
    /** Checks the share. */
    public Spec {
      Checks.share(p, "p");
      Preconditions.checkArgument(k >= 0, "k must be at least 0, not %s", k);
    }

    /** Dynamic MoE's. */
    public static Spec of(double p) {
      return new Spec(Form.DYNAMIC, p, 0, Capacity.dropless());
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new TopPRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k == 0 ? experts : k;
    }

    @Override
    public boolean causal() {
      return capacity.causal(2);
    }
  }

  private final Spec spec;

  private TopPRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray ranked = Ops.top(probs, spec.activeExperts(experts())); // (T, K)
    NDArray weights = probs.gather(ranked, 1); // (T, K)
    NDArray sum = weights.stopGradient().cumSum(1); // (T, K)
    NDArray choices = RoutingOps.fill(ranked, skipped(sum), -1); // (T, K)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }

  /** Where the list of a token has ended, (T, K) of boolean. */
  private NDArray skipped(NDArray sum) {
    NDArray first = ExpertSlots.numbers(sum).eq(0); // (T, K)
    return switch (spec.form()) {
      case DYNAMIC -> {
        NDArray before = sum.zerosLike().get(new NDIndex(":, 0:1")); // (T, 1)
        if (sum.getShape().get(1) > 1) {
          before = before.concat(sum.get(new NDIndex(":, 0:-1")), 1); // (T, K)
        }
        yield before.gt(spec.p()).logicalAnd(first.logicalNot());
      }
      case STRICT -> sum.gt(spec.p()).logicalAnd(first.logicalNot());
      case MINDSPORE -> sum.gte(spec.p());
    };
  }
}
