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
 * Contents of a route file.
 *
 * @param router the router and its settings
 * @param input what is routed
 * @param batch what is known about the tokens
 * @param given values that would otherwise be drawn or learned
 * @param losses losses by name
 */
record RouteFile(
    Choice router, Input input, Batch batch, Given given, ImmutableMap<String, AuxLoss> losses) {
  /**
   * The router.
   *
   * @param preset router preset
   * @param overrides values of preset fields
   * @param limit capacity and drop order
   */
  record Choice(
      RouterPreset preset, ImmutableMap<PresetField, Double> overrides, CapacityLimit limit) {}

  /**
   * Capacity and drop order; null where not given.
   *
   * @param tokens slots per expert
   * @param factor capacity factor
   * @param rule capacity rule; null for the preset's rule
   * @param drop drop order; null for the preset's order
   */
  record CapacityLimit(
      @Nullable Integer tokens,
      @Nullable Double factor,
      @Nullable CapacityRule rule,
      @Nullable DropOrder drop) {}

  /**
   * Either logits, or tokens with a weight or phi.
   *
   * @param logits (T, E)
   * @param tokens (T, D)
   * @param weight (D, E)
   * @param phi (D, E * P), slots of an expert contiguous
   * @param slots slots per expert P; 0 without phi
   */
  record Input(
      @Nullable Matrix logits,
      @Nullable Matrix tokens,
      @Nullable Matrix weight,
      @Nullable Matrix phi,
      int slots) {
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

  /**
   * The tokens as the router sees them.
   *
   * @param training whether noise and the training capacity apply; null if not given
   * @param sequences number of sequences B of equal length
   * @param padding (T), 1 for padding
   * @param tokenIds (T)
   */
  record Batch(
      @Nullable Boolean training,
      int sequences,
      @Nullable ImmutableLongArray padding,
      @Nullable ImmutableLongArray tokenIds) {}

  /**
   * Draws and state of the router; null where not given.
   *
   * @param noise (T, E)
   * @param uniform (T)
   * @param bias (E)
   * @param previousCounts (E)
   */
  record Given(
      @Nullable Matrix noise,
      @Nullable ImmutableDoubleArray uniform,
      @Nullable ImmutableDoubleArray bias,
      @Nullable ImmutableLongArray previousCounts) {}

  RouterPreset preset() {
    return router.preset();
  }
}
