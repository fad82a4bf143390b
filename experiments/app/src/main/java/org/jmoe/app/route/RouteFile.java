package org.jmoe.app.route;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.DropOrder;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jspecify.annotations.Nullable;

/**
 * What a route file says. Exactly one of logits, and tokens with a weight or with phi, is there.
 *
 * @param preset the rule
 * @param overrides of its fields
 * @param logits (T, E)
 * @param tokens (T, D)
 * @param weight (D, E)
 * @param phi (D, E * P), slots of an expert side by side
 * @param slots P of phi
 * @param noise (T, E)
 * @param uniform (T)
 * @param bias (E)
 * @param padding (T), 1 for padding
 * @param tokenIds (T)
 * @param previousCounts (E)
 * @param capacityTokens slots of each expert
 * @param capacityFactor factor of a rule
 * @param capacityRule the rule; null for the preset's
 * @param drop who is served first; null for the preset's order
 * @param training whether noise and the training capacity apply; null where not said
 * @param sequences B, into which the tokens divide
 * @param losses by the names that the file gives them
 */
record RouteFile(
    RouterPreset preset,
    ImmutableMap<PresetField, Double> overrides,
    @Nullable Matrix logits,
    @Nullable Matrix tokens,
    @Nullable Matrix weight,
    @Nullable Matrix phi,
    int slots,
    @Nullable Matrix noise,
    @Nullable ImmutableDoubleArray uniform,
    @Nullable ImmutableDoubleArray bias,
    @Nullable ImmutableLongArray padding,
    @Nullable ImmutableLongArray tokenIds,
    @Nullable ImmutableLongArray previousCounts,
    @Nullable Integer capacityTokens,
    @Nullable Double capacityFactor,
    @Nullable CapacityRule capacityRule,
    @Nullable DropOrder drop,
    @Nullable Boolean training,
    int sequences,
    ImmutableMap<String, AuxLoss> losses) {

  /** The matrix with a row for each token. */
  Matrix rows() {
    Matrix rows = logits == null ? tokens : logits;
    if (rows == null) {
      throw new IllegalStateException("a route file without rows");
    }
    return rows;
  }

  /** Number of experts E; 0 where no row says. */
  int experts() {
    if (phi != null) {
      return phi.columns() / slots;
    }
    return weight == null ? rows().columns() : weight.columns();
  }
}
