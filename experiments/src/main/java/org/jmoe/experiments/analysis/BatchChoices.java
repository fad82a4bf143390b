package org.jmoe.experiments.analysis;

import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** What a router chose for one batch, in numbers of the host. */
final class BatchChoices {
  private final long[] experts; // (T, K)
  private final double[] weights; // (T, K)
  private final boolean[] kept; // (T, K)
  private final int k;
  private final boolean soft;

  BatchChoices(RoutingSignals signals, boolean soft) {
    experts = signals.choices().toLongArray();
    weights = Ops.cast(signals.weights(), DataType.FLOAT64).toDoubleArray();
    kept = signals.kept().toBooleanArray();
    k = Math.toIntExact(signals.choices().getShape().get(1));
    this.soft = soft;
  }

  /**
   * Whether a layer gives every token to every expert, so that only the weights tell anything: Soft
   * MoE, a dense softmax, top-k of all.
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

  int k() {
    return k;
  }

  /** The expert of a token's choice; -1 for none. */
  int expert(int token, int choice) {
    return (int) experts[token * k + choice];
  }

  double weight(int token, int choice) {
    return weights[token * k + choice];
  }

  boolean kept(int token, int choice) {
    return kept[token * k + choice];
  }

  /** What a choice counts: 1, or its weight in millionths where the layer is soft. */
  long amount(int token, int choice) {
    return soft ? Math.round(LayerAnalysis.MILLIONTHS * weight(token, choice)) : 1;
  }
}
