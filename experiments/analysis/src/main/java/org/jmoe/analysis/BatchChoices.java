package org.jmoe.analysis;

import ai.djl.ndarray.types.DataType;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/** What a router chose for one batch, in numbers of the host. */
public final class BatchChoices {
  private final long[] experts; // (T, K)
  private final double[] weights; // (T, K)
  private final boolean[] kept; // (T, K)
  private final int k;
  private final boolean soft;

  /** Reads one layer's choices for one batch; {@code soft} where every expert has a weight. */
  public BatchChoices(RoutingSignals signals, boolean soft) {
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

  /** Choices per token. */
  public int k() {
    return k;
  }

  /** The expert of a token's choice; -1 for none. */
  public int expert(int token, int choice) {
    return (int) experts[token * k + choice];
  }

  /** The combine weight of a token's choice. */
  public double weight(int token, int choice) {
    return weights[token * k + choice];
  }

  /** Whether the choice was within its expert's capacity. */
  public boolean kept(int token, int choice) {
    return kept[token * k + choice];
  }

  /** What a choice counts: 1, or its weight in millionths where the layer is soft. */
  long amount(int token, int choice) {
    return soft ? Math.round(LayerAnalysis.MILLIONTHS * weight(token, choice)) : 1;
  }
}
