package org.jmoe.routing.preset;

import com.google.common.collect.ImmutableMap;
import java.util.EnumMap;
import java.util.Map;
import org.jmoe.routing.Groups;

/**
 * The values of a preset's fields.
 *
 * @param numbers of each field that the preset has; 1 and 0 for true and false
 */
public record PresetValues(ImmutableMap<PresetField, Double> numbers) {
  /** The value of a field that the preset has. */
  public double number(PresetField field) {
    Double value = numbers.get(field);
    if (value == null) {
      throw new IllegalArgumentException("the preset has no field " + field.key());
    }
    return value;
  }

  /** Whether a field that the preset has is true. */
  public boolean on(PresetField field) {
    return number(field) != 0;
  }

  /** The number of experts a token. */
  public int k() {
    return (int) number(PresetField.K);
  }

  /** The groups of experts. */
  public Groups groups() {
    return new Groups((int) number(PresetField.GROUPS), (int) number(PresetField.GROUPS_KEPT));
  }

  /** The same with other values. */
  PresetValues with(Map<PresetField, Double> others) {
    Map<PresetField, Double> all = new EnumMap<>(PresetField.class);
    all.putAll(numbers);
    all.putAll(others);
    return new PresetValues(ImmutableMap.copyOf(all));
  }
}
