package org.jmoe.routing.preset;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;
import java.util.EnumMap;
import java.util.Map;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;

/**
 * Values of a preset's fields.
 *
 * @param numbers value of each field of the preset; 1 and 0 for true and false
 */
public record PresetValues(ImmutableMap<PresetField, Double> numbers) {
  /** Returns the value of a field. */
  public double number(PresetField field) {
    Double value = numbers.get(field);
    if (value == null) {
      throw new IllegalArgumentException("the preset has no field " + field.key());
    }
    return value;
  }

  /** Returns the value of a boolean field. */
  public boolean on(PresetField field) {
    return number(field) != 0;
  }

  /** Returns the number of experts per token. */
  public int k() {
    return (int) number(PresetField.K);
  }

  /**
   * Returns the capacity of a router with fixed k.
   *
   * @throws IllegalArgumentException if the k of these values differs
   */
  public Capacity only(int k, Capacity capacity) {
    Preconditions.checkArgument(k() == k, "k must be %s for this router, not %s", k, k());
    return capacity;
  }

  /** Returns the expert groups. */
  public Groups groups() {
    return new Groups((int) number(PresetField.GROUPS), (int) number(PresetField.GROUPS_KEPT));
  }

  /** Returns a copy with other values. */
  PresetValues with(Map<PresetField, Double> others) {
    Map<PresetField, Double> all = new EnumMap<>(PresetField.class);
    all.putAll(numbers);
    all.putAll(others);
    return new PresetValues(ImmutableMap.copyOf(all));
  }
}
