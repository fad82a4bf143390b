package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.google.common.collect.ImmutableMap;
import java.util.function.UnaryOperator;
import org.jmoe.layer.RouterHook;
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.Selection;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jspecify.annotations.Nullable;

/**
 * Routes a pass by recorded choices (rollout routing replay, R3; Ma et al. 2025, arXiv 2510.11370).
 * A layer without a recording routes by itself.
 *
 * @param layers recorded routing, by the path of the layer
 * @param weights which weights the choices get
 */
public record Replay(ImmutableMap<String, RecordedRouting> layers, Weights weights)
    implements Intervention {
  /** Weights of replayed choices. */
  public enum Weights {
    /** The recorded weights; constants without gradients. */
    RECORDED,
    /**
     * The weights that the router gives to the recorded choices now, with gradients, as R3 does.
     */
    CURRENT
  }

  @Override
  public @Nullable RouterHook router(String layer) {
    RecordedRouting recorded = layers.get(layer);
    return recorded == null ? null : new Hook(layer, recorded, weights);
  }

  /** The recording of one layer. */
  private record Hook(String layer, RecordedRouting recorded, Weights weights)
      implements RouterHook {
    @Override
    public Selection choices(Selection selection) {
      Shape tokens = selection.probs().getShape(); // (T, E)
      recorded.requireFits(layer, tokens.get(0), tokens.get(1));
      Shape shape = new Shape(tokens.get(0), recorded.k());
      NDArray choices = // (T, K)
          selection.logits().getManager().create(recorded.choices().toArray()).reshape(shape);
      return selection.withChoices(choices, weights(selection, choices, shape));
    }

    private NDArray weights(Selection selection, NDArray choices, Shape shape) {
      if (weights == Weights.RECORDED) {
        NDArray given = // (T, K)
            choices.getManager().create(recorded.weights().toArray()).reshape(shape);
        return Ops.cast(given, selection.weights().getDataType());
      }
      UnaryOperator<NDArray> weighing = selection.weighing();
      if (weighing == null) {
        throw new RoutingException(
            layer
                + ": this router cannot weigh choices that are not its own; replay the recorded"
                + " weights");
      }
      return RoutingOps.fill(
          weighing.apply(RoutingOps.negativesToZero(choices)), choices.lt(0), 0); // (T, K)
    }

    @Override
    public void applied(String router, boolean logits, boolean choices) {
      if (!choices) {
        throw new RoutingException(
            router + ": cannot replay choices, because this router does not choose per token");
      }
    }
  }
}
