package org.jmoe.routing.soft;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * The mixture of experts of Jacobs, Jordan, Nowlan and Hinton (1991, equation 1): every expert
 * processes every token, weighted by {@code softmax(x W)}. The dense baseline for sparse routers.
 */
public final class DenseSoftRouter extends GatedRouter {
  /** Settings; there are none. */
  public record Spec() implements RouterSpec {
    @Override
    public Router build(int dim, int experts, Seed seed) {
      return new DenseSoftRouter(dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return experts;
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.EVERY_TOKEN);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "dense-soft",
                  "Jacobs et al. 1991, Adaptive Mixtures of Local Experts",
                  ImmutableMap.of(),
                  (v, c) -> new Spec())
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR));

  private DenseSoftRouter(int dim, int experts, Seed seed) {
    super(dim, experts, seed);
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    return Routing.topK(logits, Ops.softmax(logits), experts(), Capacity.dropless(), context);
  }
}
