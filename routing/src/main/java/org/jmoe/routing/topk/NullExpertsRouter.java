package org.jmoe.routing.topk;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Null experts with a target for data sparsity (Kilian et al. 2026, Improving MoE Compute
 * Efficiency by Composing Weight and Data Sparsity, arXiv 2601.15370, section 3): the gate has one
 * more logit, of an expert that outputs 0, and M = E (1 - rho) / rho copies of it compete with the
 * E experts for the k choices of a token. A balance loss over all E + M slots drives the share of
 * choices that compute to rho. Weights are those of the softmax over all slots, divided by their
 * sum over the chosen experts; a token that chooses null experts only gets 0.
 *
 * <p>Read in summaries of the paper and in an independent implementation; the authors published no
 * code.
 */
public final class NullExpertsRouter extends GatedRouter {
  private static final double MIN_SUM = 1e-20;

  /**
   * Settings.
   *
   * @param k choices per token, including those of null experts
   * @param computed rho, the targeted share of the choices that compute, in (0, 1]; 1 for no null
   *     experts
   * @param capacity of the experts
   */
  public record Spec(int k, double computed, Capacity capacity) implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(
          computed > 0 && computed <= 1,
          "computed must be above 0 and at most 1, not %s",
          computed);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts + nulls(experts));
      return new NullExpertsRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return Math.min(k, experts);
    }

    @Override
    public boolean causal() {
      return capacity.causal(k);
    }

    @Override
    public long parameters(int dim, int experts) {
      return Math.multiplyExact((long) dim, columns(experts));
    }

    /** Returns the number of copies M of the null expert. */
    int nulls(int experts) {
      double exact = experts * (1 - computed) / computed;
      long nulls = Math.round(exact);
      Preconditions.checkArgument(
          Math.abs(exact - nulls) < 1e-6 * Math.max(1, exact),
          "computed = %s gives %s null experts for %s experts; use experts / (experts + n) for an"
              + " integer n",
          computed,
          exact,
          experts);
      return Math.toIntExact(nulls);
    }

    private int columns(int experts) {
      return nulls(experts) == 0 ? experts : experts + 1;
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "null-experts",
                  "Kilian et al. 2026, Composing Weight and Data Sparsity",
                  ImmutableMap.of(PresetField.K, 4.0, PresetField.COMPUTED, 1.0),
                  (v, c) -> new Spec(v.k(), v.number(PresetField.COMPUTED), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY));

  private final Spec spec;
  private final int computing;

  private NullExpertsRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, spec.columns(experts), seed);
    this.spec = spec;
    computing = experts;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray slots = slots(logits); // (T, E + M)
    NDArray probs = Ops.softmax(slots); // (T, E + M)
    NDArray choices = Ops.top(probs, spec.k()); // (T, K)
    NDArray chosen = // (T, K)
        RoutingOps.fill(probs.gather(choices, 1), choices.gte(computing), 0);
    NDArray sum = RoutingOps.clampMin(chosen.sum(new int[] {1}, true), MIN_SUM); // (T, 1)
    Selection selection = Selection.of(slots, probs, choices, chosen.div(sum));
    return Routing.of(selection.withComputing(computing), spec.capacity(), context);
  }

  /** Returns the logits of the experts, then M copies of the null expert's; (T, E + M). */
  private NDArray slots(NDArray logits) {
    int nulls = spec.nulls(computing);
    if (nulls == 0) {
      return logits;
    }
    NDArray real = AttentionOps.columns(logits, 0, computing); // (T, E)
    NDArray none = AttentionOps.columns(logits, computing, 1); // (T, 1)
    return Ops.concat(new NDList(real, none.broadcast(logits.getShape().get(0), nulls)), 1);
  }
}
