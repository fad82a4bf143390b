package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterHook;
import org.jmoe.layer.Selection;
import org.jmoe.tensor.RoutingOps;
import org.jspecify.annotations.Nullable;

/**
 * Bans experts: no token gets their output. Their logits are lowered by {@value #LOWER}, so the
 * next best experts take their places; where a router chooses them nevertheless (a large selection
 * bias, a hash), the choice is removed.
 */
public record Ban(ExpertGroup group) implements Intervention {
  private static final double LOWER = 1e9;

  @Override
  public @Nullable RouterHook router(String layer) {
    return layer.equals(group.layer()) ? new Hook(group) : null;
  }

  /** The ban in one layer. */
  private static final class Hook extends GroupHook {
    private final ExpertGroup group;

    Hook(ExpertGroup group) {
      super("ban", group);
      this.group = group;
    }

    @Override
    public NDArray logits(NDArray logits) {
      return shifted(logits, -LOWER);
    }

    @Override
    public Selection choices(Selection selection) {
      group.requireBelow(selection.probs().getShape().get(1));
      NDArray choices = selection.choices(); // (T, K)
      NDArray weights = selection.weights(); // (T, K)
      for (int expert : group.experts()) {
        NDArray banned = choices.eq(expert); // (T, K)
        choices = RoutingOps.fill(choices, banned, -1);
        weights = RoutingOps.fill(weights, banned, 0);
      }
      return selection.withChoices(choices, weights);
    }

    @Override
    public void applied(String router, boolean logits, boolean choices) {
      if (!logits && !choices) {
        throw impossible(router, "has neither logits nor choices per token");
      }
    }
  }
}
