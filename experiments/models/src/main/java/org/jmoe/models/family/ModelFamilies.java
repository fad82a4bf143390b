package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.extension.ExtensionException;
import org.jmoe.extension.Extensions;

/**
 * The model families that extensions contribute.
 *
 * @param byType families by {@code model_type}
 */
public record ModelFamilies(ImmutableMap<String, ModelFamily> byType) {
  /**
   * Returns the families that the given extensions contribute.
   *
   * @throws ExtensionException if two families have the same model type
   */
  public static ModelFamilies of(Extensions extensions) {
    ImmutableMap.Builder<String, ModelFamily> all = ImmutableMap.builder();
    for (ModelFamily family : extensions.values(ModelFamily.class).values()) {
      family.modelTypes().forEach(type -> all.put(type, family));
    }
    try {
      return new ModelFamilies(all.buildOrThrow());
    } catch (IllegalArgumentException e) {
      throw new ExtensionException(
          "two model families have the same model_type: " + e.getMessage(), e);
    }
  }

  /** Returns the families of all extensions on the class path. */
  public static ModelFamilies standard() {
    return of(Extensions.load());
  }

  /**
   * Returns the plan that a configuration describes. Every field is read, ignored or rejected.
   *
   * @throws org.jmoe.io.DataFormatException if a field is missing, invalid or not implemented
   */
  public HubPlan plan(HubConfig root) {
    String type = root.text("model_type");
    ModelFamily family = byType.get(type);
    if (family == null) {
      throw root.fault(
          "has model_type = \"%s\"; implemented are %s, and families added with --extend"
              .formatted(type, String.join(", ", byType.keySet())));
    }
    HubConfig config = root.of(family);
    config.text("model_type");
    config.only("is_encoder_decoder", "false");
    requireClass(config, family.classNames());
    HubPlan plan = checked(family, config);
    Packing.read(config, plan.tensors());
    config.refuseUnread();
    try {
      plan.spec().parameters();
    } catch (ArithmeticException e) {
      throw root.fault("describes more than 2^63 parameters; use the published sizes");
    }
    return plan;
  }

  private static HubPlan checked(ModelFamily family, HubConfig config) {
    try {
      return family.plan(config);
    } catch (IllegalArgumentException e) { // of a part of the model
      throw config.fault(
          "describes an invalid model: %s; use the values of the published model"
              .formatted(String.valueOf(e.getMessage()).replaceAll("[.]$", "")));
    }
  }

  /** Rejects configurations of models with other heads on the same layers. */
  private static void requireClass(HubConfig config, ImmutableList<String> known) {
    if (config.has("architectures")) {
      JsonNode names = config.json("architectures");
      if (!names.isArray() || names.size() != 1 || !known.contains(names.path(0).asText())) {
        throw config.fault(
            "has architectures = %s; implemented is [\"%s\"]".formatted(names, known.get(0)));
      }
    }
  }
}
