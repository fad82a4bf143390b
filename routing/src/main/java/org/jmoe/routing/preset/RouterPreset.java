package org.jmoe.routing.preset;

import com.google.common.base.Ascii;
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
 * A published router with the settings of the system it comes from.
 *
 * @param name of the system
 * @param paper publication
 * @param defaults fields of the preset with the system's values
 * @param rule the system's capacity formula
 * @param order the system's drop order
 * @param cvForm form of the losses named importance and load
 * @param builder creates the router's settings from values and a capacity
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

  /** Form of the importance and load losses of a system. */
  public enum VariationFamily {
    /** Shazeer et al. 2017. */
    SHAZEER,
    /** Riquelme et al. 2021. */
    VMOE,
    /** Hwang et al. 2023. */
    TUTEL;

    /** Returns the name of the preset of a loss in this form. */
    public String lossName(String loss) {
      return this == SHAZEER ? loss : loss + "-" + Ascii.toLowerCase(name());
    }
  }

  /**
   * Creates a preset with the most common capacity, {@code ceil(T k factor / E)} slots with
   * priority for earlier tokens.
   *
   * @param defaults fields of the preset
   * @param builder creates the router's settings from values and a capacity
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

  /** Returns a copy with the capacity formula and drop order of a system. */
  public RouterPreset withCapacity(CapacityRule systemRule, DropOrder systemOrder) {
    return new RouterPreset(name, paper, defaults, systemRule, systemOrder, cvForm, builder);
  }

  /** Returns a copy with the form of the importance and load losses of a system. */
  public RouterPreset withLosses(VariationFamily form) {
    return new RouterPreset(name, paper, defaults, rule, order, form, builder);
  }

  /**
   * Returns the values for E experts: the overrides, and defaults for the other fields. Defaults
   * that are too large for E experts are lowered; overrides never are.
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
    PresetValues requested = defaults.with(overrides);
    if (defaults.numbers().containsKey(PresetField.K) && !overrides.containsKey(PresetField.K)) {
      fitting.put(
          PresetField.K,
          (double) Math.max(1, Math.min(requested.k(), asPublished().largestK(experts))));
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

  /** Returns the router's settings. */
  public RouterSpec spec(PresetValues values, Capacity capacity) {
    return builder.apply(values, capacity);
  }

  /** Returns the router's settings for E experts with the system's values and no capacity limit. */
  public RouterSpec spec(int experts) {
    return spec(values(Map.of(), experts), Capacity.dropless().withOrder(order));
  }

  /** Returns the names of the fields. */
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

  /** Returns the traits of the router with the system's values. */
  public ImmutableSet<RouterTrait> traits() {
    return asPublished().traits();
  }

  /** Returns whether the router has a trait with the system's values. */
  public boolean has(RouterTrait trait) {
    return traits().contains(trait);
  }

  private RouterSpec asPublished() {
    return spec(defaults, Capacity.dropless().withOrder(order));
  }
}
