package org.jmoe.routing.assigned;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
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
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * BASE layers (Lewis et al. 2021, section 3.1; fairseq {@code modules/base_layer.py}): in training,
 * tokens are assigned evenly to experts with maximal sum of scores; in evaluation, each token takes
 * its best expert. The output is {@code a E(x) + (1 - a) x} with {@code a = sigmoid(x c_e)}.
 * fairseq's auction is approximate; this assignment is exact.
 */
public final class BaseRouter extends GatedRouter {
  /** Settings; there are none. */
  public record Spec() implements RouterSpec {
    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new BaseRouter(dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return 1;
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
                  "base",
                  "Lewis et al. 2021, BASE Layers",
                  ImmutableMap.of(PresetField.K, 1.0),
                  BaseRouter::preset)
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR));

  private static Spec preset(PresetValues v, Capacity c) {
    v.only(1, c);
    return new Spec();
  }

  private BaseRouter(int dim, int experts, Seed seed) {
    // fairseq: orthogonal centroids with gain 0.1; normal ones are nearly orthogonal.
    super(dim, experts, seed, 0.1 / Math.sqrt(dim));
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray choices = // (T, 1)
        context.training() ? balanced(logits, context.padding()) : Ops.top(logits, 1);
    NDArray weights = // (T, 1)
        RoutingOps.sigmoid(logits.gather(RoutingOps.negativesToZero(choices), 1));
    NDArray rest = Ops.shift(Ops.scale(weights, -1), 1).squeeze(1); // (T)
    Selection selection =
        Selection.of(logits, Ops.softmax(logits), choices, weights).withPassThrough(rest);
    return Routing.of(selection, Capacity.dropless(), context);
  }

  private static NDArray balanced(NDArray logits, @Nullable NDArray padding) {
    double[] scores = Ops.cast(logits.stopGradient(), DataType.FLOAT64).toDoubleArray();
    int experts = Math.toIntExact(logits.getShape().get(1));
    boolean[] out = padding == null ? new boolean[0] : padding.toBooleanArray();
    long[] choices = BalancedAssignment.of(scores, experts, out);
    return logits.getManager().create(choices).reshape(choices.length, 1);
  }
}
