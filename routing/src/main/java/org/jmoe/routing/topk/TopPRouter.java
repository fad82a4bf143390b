package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Top-p routing: the experts that together reach a probability, in three published forms. Weights
 * are the probabilities, not renormalized.
 */
public final class TopPRouter extends GatedRouter {
  /** Rule that ends a token's list of experts, sorted by descending probability. */
  public enum Form {
    /**
     * Up to and including the first expert with a cumulative probability above p (Huang et al.
     * 2024, Dynamic MoE, equation 4; {@code top_p_sampling_batched_all_sequence}).
     */
    DYNAMIC,
    /** Experts with a cumulative probability of at most p, and always the first (brineylab). */
    STRICT,
    /**
     * Experts among the k largest with a cumulative probability, including their own, below p.
     * Others take no slot; a token may have no expert (MindSpore {@code TopPRouter}).
     */
    MINDSPORE
  }

  /**
   * Settings.
   *
   * @param form rule
   * @param p cumulative probability
   * @param k maximum number of experts per token; 0 for no limit
   * @param capacity of the experts
   */
  public record Spec(Form form, double p, int k, Capacity capacity) implements RouterSpec {
    /** Checks the share. */
    public Spec {
      Checks.unitInterval(p, "p");
      Preconditions.checkArgument(k >= 0, "k must be at least 0, not %s", k);
    }

    /** Dynamic MoE's settings. */
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

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "top-p-dynamic",
              "Huang et al. 2024, Harder Tasks Need More Experts (Dynamic MoE)",
              ImmutableMap.of(PresetField.P, 0.4),
              (v, c) -> new Spec(Form.DYNAMIC, v.number(PresetField.P), 0, c)),
          RouterPreset.of(
              "top-p-strict",
              "brineylab, TopPRouter",
              ImmutableMap.of(PresetField.P, 0.7),
              (v, c) -> new Spec(Form.STRICT, v.number(PresetField.P), 0, c)),
          RouterPreset.of(
                  "top-p-mindspore",
                  "Huawei, MindSpore TopPRouter",
                  ImmutableMap.of(PresetField.P, 0.5, PresetField.K, 2.0),
                  (v, c) -> new Spec(Form.MINDSPORE, v.number(PresetField.P), v.k(), c))
              .withCapacity(PublishedCapacity.MINDSPORE, DropOrder.TOKEN_MAJOR));

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

  /** Marks choices after the end of a token's list, (T, K) of boolean. */
  private NDArray skipped(NDArray sum) {
    NDArray first = ExpertSlots.expertIds(sum).eq(0); // (T, K)
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
