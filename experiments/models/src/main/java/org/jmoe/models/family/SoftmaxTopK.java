package org.jmoe.models.family;

import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;

/** Softmax top-k routing without a capacity. */
public final class SoftmaxTopK {
  private SoftmaxTopK() {}

  /** Returns the settings of the router. */
  public static TopKRouter.Spec of(int k, boolean normalise) {
    return new TopKRouter.Spec(k, normalise, Capacity.dropless());
  }

  /** Returns a description of how the weights of the selected experts are computed. */
  public static String describe(TopKRouter.Spec router) {
    return "softmax over all experts, top %d %s"
        .formatted(
            router.k(), router.normalise() ? "divided by their sum" : "without normalization");
  }
}
