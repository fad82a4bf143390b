package org.jmoe.routing.preset;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jmoe.extension.Named;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;

/**
 * A published router under the name of the system that it comes from.
 *
 * @param name the system's
 * @param paper where it is published
 * @param defaults the fields it has, as the system sets them
 * @param rule the system's formula of capacity
 * @param order who the system serves first
 * @param cvForm the loss form that the plain names importance and load stand for
 * @param builder makes the router's settings of values and a capacity
 */
public record RouterPreset(
    String name,
    String paper,
    PresetValues defaults,
    CapacityRule rule,
    DropOrder order,
    VariationFamily cvForm,
    BiFunction<PresetValues, Capacity, RouterSpec> builder)
    implements Named {

  /** Whose importance and load losses a system uses. */
  public enum VariationFamily {
    /** Shazeer et al. 2017. */
    SHAZEER,
    /** Riquelme et al. 2021. */
    VMOE,
    /** Hwang et al. 2023. */
    TUTEL
  }

  /**
   * A preset with the usual capacity, {@code ceil(T k factor / E)} slots, earlier tokens first.
   *
   * @param defaults the fields it has
   * @param builder makes the router's settings of values and a capacity
   */
  public static RouterPreset of(
      String name,
      String paper,
      ImmutableMap<PresetField, Double> defaults,
      BiFunction<PresetValues, Capacity, RouterSpec> builder) {
    return new RouterPreset(
        name,
        paper,
        new PresetValues(defaults),
        PublishedCapacity.MEGATRON,
        DropOrder.TOKEN_MAJOR,
        VariationFamily.SHAZEER,
        builder);
  }

  /**
   * The values for E experts: the user's, and defaults elsewhere. A default that does not fit E
   * experts is lowered to what does, a value of the user's never is.
   *
   * @throws IllegalArgumentException for a field that the preset does not have
   */
  public PresetValues values(Map<PresetField, Double> overrides, int experts) {
    overrides
        .keySet()
        .forEach(
            field ->
                Preconditions.checkArgument(
                    defaults.numbers().containsKey(field),
                    "preset %s has no field '%s'; it has %s",
                    name,
                    field.key(),
                    fields()));
    Map<PresetField, Double> fitting = new EnumMap<>(PresetField.class);
    fitting.putAll(overrides);
    PresetValues asked = defaults.with(overrides);
    if (defaults.numbers().containsKey(PresetField.K) && !overrides.containsKey(PresetField.K)) {
      fitting.put(
          PresetField.K,
          (double) Math.max(1, Math.min(asked.k(), asPublished().largestK(experts))));
    }
    PresetValues values = defaults.with(fitting);
    if (values.numbers().containsKey(PresetField.GROUPS) && !groupsGiven(overrides)) {
      int groups = (int) values.number(PresetField.GROUPS);
      int kept = (int) values.number(PresetField.GROUPS_KEPT);
      boolean fits = experts % groups == 0 && values.k() <= experts / groups * kept;
      if (!fits || experts / groups < 2) {
        values =
            values.with(ImmutableMap.of(PresetField.GROUPS, 1.0, PresetField.GROUPS_KEPT, 1.0));
      }
    }
    return values;
  }

  /** The router's settings. */
  public RouterSpec spec(PresetValues values, Capacity capacity) {
    return builder.apply(values, capacity);
  }

  /** The router as the system sets it, for E experts, without a limit to experts. */
  public RouterSpec spec(int experts) {
    return spec(values(Map.of(), experts), Capacity.dropless().withOrder(order));
  }

  /** The names of the fields. */
  public String fields() {
    return defaults.numbers().isEmpty()
        ? "none"
        : defaults.numbers().keySet().stream()
            .map(PresetField::key)
            .collect(Collectors.joining(", "));
  }

  private static boolean groupsGiven(Map<PresetField, Double> overrides) {
    return overrides.containsKey(PresetField.GROUPS)
        || overrides.containsKey(PresetField.GROUPS_KEPT);
  }

  /** The router's traits, as the system sets it. */
  public ImmutableSet<RouterTrait> traits() {
    return asPublished().traits();
  }

  /** Whether the router has a trait, as the system sets it. */
  public boolean has(RouterTrait trait) {
    return traits().contains(trait);
  }

  private RouterSpec asPublished() {
    return spec(defaults, Capacity.dropless().withOrder(order));
  }
}
