package org.jmoe.models.published;

import org.jmoe.routing.topk.TopKRouter;

/** Descriptions of how the weights of the selected experts are computed. */
final class Weighting {
  private Weighting() {}

  static String softmax(TopKRouter.Spec router) {
    return "softmax over all experts, top %d %s"
        .formatted(
            router.k(), router.normalise() ? "divided by their sum" : "without normalization");
  }
}
