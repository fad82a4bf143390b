package org.jmoe.routing.assigned;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.stream.LongStream;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Sinkhorn routing as in Megatron-LM (Clark et al. 2022, section 3.2.1; {@code
 * moe_utils.sinkhorn}): in training, experts are chosen by {@code exp(l)} normalized to equal row
 * and column sums; in evaluation, by the scores. Weights are a softmax, or a sigmoid for k = 1, not
 * renormalized. For use without a balance loss.
 */
public final class SinkhornRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param capacity of the experts
   */
  public record Spec(int k, Capacity capacity) implements TopKSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new SinkhornRouter(this, dim, experts, seed);
    }

    @Override
    public boolean causal() {
      return false;
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "sinkhorn",
                  "Clark et al. 2022, Unified Scaling Laws (Megatron-LM)",
                  ImmutableMap.of(PresetField.K, 1.0),
                  (v, c) -> new Spec(v.k(), c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.PROBABILITY));

  private static final double TOLERANCE = 1e-4;
  private static final double EPSILON = 1e-8;
  private final Spec spec;

  private SinkhornRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray scores = spec.k() == 1 ? RoutingOps.sigmoid(logits) : Ops.softmax(logits); // (T, E)
    NDArray rank = context.training() ? sinkhorn(logits, context.padding()) : scores; // (T, E)
    NDArray choices = Ops.top(rank, spec.k()); // (T, K)
    NDArray weights = scores.gather(choices, 1); // (T, K)
    NDArray probs = Ops.softmax(logits); // (T, E)
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }

  /** Normalizes real tokens only, so that padding has no share of any column. */
  private static NDArray sinkhorn(NDArray logits, @Nullable NDArray padding) {
    if (padding == null) {
      return RoutingOps.sinkhorn(logits, TOLERANCE, EPSILON);
    }
    boolean[] out = padding.toBooleanArray();
    long[] real = LongStream.range(0, out.length).filter(t -> !out[(int) t]).toArray();
    NDArray none = logits.zerosLike(); // (T, E)
    if (real.length == 0) {
      return none;
    }
    NDArray ids = logits.getManager().create(real); // (R)
    NDArray rows = Ops.rows(logits.stopGradient(), ids); // (R, E)
    return Ops.indexAdd(none, ids, RoutingOps.sinkhorn(rows, TOLERANCE, EPSILON));
  }
}
