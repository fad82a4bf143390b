package org.jmoe.analysis;

import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** A router's choices for one batch, copied to the host. */
public final class BatchChoices {
  private final long[] experts; // (T, K)
  private final double[] weights; // (T, K)
  private final boolean[] kept; // (T, K)
  private final int k;
  private final boolean soft;

  /**
   * Copies one layer's choices for one batch; {@code soft} if every expert has a weight for every
   * token.
   */
  public BatchChoices(RoutingSignals signals, boolean soft) {
    experts = signals.choices().toLongArray();
    weights = Ops.cast(signals.weights(), DataType.FLOAT64).toDoubleArray();
    kept = signals.kept().toBooleanArray();
    k = Math.toIntExact(signals.choices().getShape().get(1));
    this.soft = soft;
  }

  /**
   * Returns whether the layer sends every token to every expert, so that only the weights carry
   * information: Soft MoE, a dense softmax, top-k of all experts.
   */
  static boolean isSoft(RoutingSignals signals) {
    int experts = signals.experts();
    return experts > 1
        && signals.choices().getShape().get(1) == experts
        && signals.realTokens() * experts == Ops.sum(signals.choices().gte(0));
  }

  int tokens() {
    return experts.length / k;
  }

  /** Returns the number of choices per token. */
  public int k() {
    return k;
  }

  /** Returns the expert of a token's choice; -1 for none. */
  public int expert(int token, int choice) {
    return (int) experts[token * k + choice];
  }

  /** Returns the combine weight of a token's choice. */
  public double weight(int token, int choice) {
    return weights[token * k + choice];
  }

  /** Returns whether the choice was within its expert's capacity. */
  public boolean kept(int token, int choice) {
    return kept[token * k + choice];
  }

  /**
   * Returns the amount that a choice counts for: 1, or its weight in millionths if the layer is
   * soft.
   */
  long amount(int token, int choice) {
    return soft ? Math.round(LayerAnalysis.MILLIONTHS * weight(token, choice)) : 1;
  }
}
