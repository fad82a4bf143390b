package org.jmoe.intervention;

import ai.djl.ndarray.types.DataType;
import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * Choices and weights of the tokens of one pass in one layer.
 *
 * @param k choices per token K
 * @param choices (T, K) row by row, -1 for none
 * @param weights (T, K)
 */
public record RecordedRouting(int k, ImmutableLongArray choices, ImmutableDoubleArray weights) {
  /** Checks that there is a weight for each choice and that all rows are complete. */
  public RecordedRouting {
    Preconditions.checkArgument(k >= 1, "k must be at least 1, not %s", k);
    Preconditions.checkArgument(
        choices.length() == weights.length() && choices.length() % k == 0,
        "%s choices and %s weights are not k = %s of each token",
        choices.length(),
        weights.length(),
        k);
  }

  /** Copies the routing from signals, without the choices that were dropped. */
  public static RecordedRouting of(RoutingSignals signals) {
    long[] choices = signals.choices().toLongArray();
    double[] weights = Ops.cast(signals.weights(), DataType.FLOAT64).toDoubleArray();
    boolean[] kept = signals.kept().toBooleanArray();
    for (int i = 0; i < choices.length; i++) {
      if (!kept[i]) {
        choices[i] = -1;
      }
    }
    return new RecordedRouting(
        Math.toIntExact(signals.choices().getShape().get(1)),
        ImmutableLongArray.copyOf(choices),
        ImmutableDoubleArray.copyOf(weights));
  }

  /** Returns the number of tokens T. */
  public int tokens() {
    return choices.length() / k;
  }

  /**
   * Checks that the recording fits a pass.
   *
   * @throws RoutingException with the difference if not
   */
  void requireFits(String layer, long tokens, long experts) {
    if (tokens() != tokens) {
      throw new RoutingException(
          "%s: the recording has %d tokens, but the batch has %d; replay the batch that was recorded"
              .formatted(layer, tokens(), tokens));
    }
    long last = Arrays.stream(choices.toArray()).max().orElse(-1);
    if (last >= experts) {
      throw new RoutingException(
          "%s: the recording has expert %d, but experts are 0 to %d"
              .formatted(layer, last, experts - 1));
    }
  }
}
