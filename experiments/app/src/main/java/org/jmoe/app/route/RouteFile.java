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
 * Contents of a route file: either logits, or tokens with a weight or phi.
 *
 * @param preset router preset
 * @param overrides values of preset fields
 * @param logits (T, E)
 * @param tokens (T, D)
 * @param weight (D, E)
 * @param phi (D, E * P), slots of an expert contiguous
 * @param slots slots per expert P; 0 without phi
 * @param noise (T, E)
 * @param uniform (T)
 * @param bias (E)
 * @param padding (T), 1 for padding
 * @param tokenIds (T)
 * @param previousCounts (E)
 * @param capacityTokens slots per expert
 * @param capacityFactor capacity factor
 * @param capacityRule capacity rule; null for the preset's rule
 * @param drop drop order; null for the preset's order
 * @param training whether noise and the training capacity apply; null if not given
 * @param sequences number of sequences B of equal length
 * @param losses losses by name
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

  /** Returns the matrix with one row per token. */
  Matrix rows() {
    Matrix rows = logits == null ? tokens : logits;
    if (rows == null) {
      throw new IllegalStateException("the route file has no rows");
    }
    return rows;
  }

  /** Returns the number of experts E; 0 if there are no rows. */
  int experts() {
    if (phi != null) {
      return phi.columns() / slots;
    }
    return weight == null ? rows().columns() : weight.columns();
  }
}
