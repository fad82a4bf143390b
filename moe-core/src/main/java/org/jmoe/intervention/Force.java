package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterHook;
import org.jmoe.layer.Selection;
import org.jspecify.annotations.Nullable;

/**
 * Forces every token to use the experts of a group: each that a token did not choose takes the
 * place and the weight of its last choice that is not forced.
 */
public record Force(ExpertGroup group) implements Intervention {
  @Override
  public @Nullable RouterHook router(String layer) {
    return layer.equals(group.layer()) ? new Hook(group) : null;
  }

  /** The forced choices of one layer. */
  private static final class Hook extends GroupHook {
    private final ExpertGroup group;

    Hook(ExpertGroup group) {
      super("force", group);
      this.group = group;
    }

    @Override
    public Selection choices(Selection selection) {
      group.requireBelow(selection.probs().getShape().get(1));
      NDArray choices = selection.choices(); // (T, K)
      int k = Math.toIntExact(choices.getShape().get(1));
      long[] flat = choices.toLongArray();
      for (int first = 0; first < flat.length; first += k) {
        force(flat, first, first + k);
      }
      NDArray forced = choices.getManager().create(flat).reshape(choices.getShape()); // (T, K)
      return selection.withChoices(forced, selection.weights());
    }

    private void force(long[] choices, int from, int to) {
      for (int expert : group.experts()) {
        int place = -1;
        boolean chosen = false;
        for (int i = from; i < to; i++) {
          chosen |= choices[i] == expert;
          if (choices[i] >= 0 && !group.experts().contains((int) choices[i])) {
            place = i;
          }
        }
        if (!chosen && place >= 0) {
          choices[place] = expert;
        }
      }
    }

    @Override
    public void applied(String router, boolean logits, boolean choices) {
      if (!choices) {
        throw impossible(router, "does not choose experts per token");
      }
    }
  }
}
