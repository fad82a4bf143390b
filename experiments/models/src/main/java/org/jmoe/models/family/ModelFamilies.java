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
   * The families of some extensions.
   *
   * @throws ExtensionException when two families have the same model type
   */
  public static ModelFamilies of(Extensions extensions) {
    ImmutableMap.Builder<String, ModelFamily> all = ImmutableMap.builder();
    for (ModelFamily family : extensions.values(ModelFamily.class).values()) {
      family.modelTypes().forEach(type -> all.put(type, family));
    }
    try {
      return new ModelFamilies(all.buildOrThrow());
    } catch (IllegalArgumentException e) {
      throw new ExtensionException("two model families have one model_type: " + e.getMessage(), e);
    }
  }

  /** The families of all extensions on the class path. */
  public static ModelFamilies standard() {
    return of(Extensions.load());
  }

  /**
   * What a configuration describes; every field is read, known to be harmless or refused.
   *
   * @throws org.jmoe.io.DataFormatException naming the field that is missing, impossible or not
   *     implemented
   */
  public HubPlan plan(HubConfig root) {
    String type = root.text("model_type");
    ModelFamily family = byType.get(type);
    if (family == null) {
      throw root.fault(
          "has model_type = \"%s\"; implemented are %s, and families that --extend adds"
              .formatted(type, String.join(", ", byType.keySet())));
    }
    HubConfig config = root.of(family);
    config.text("model_type");
    config.only("is_encoder_decoder", "false");
    requireClass(config, family.classNames());
    HubPlan plan = family.plan(config);
    Packing.read(config, plan.tensors());
    config.refuseUnread();
    try {
      plan.spec().parameters();
    } catch (ArithmeticException e) {
      throw root.fault("describes more parameters than can be counted; use the published sizes");
    }
    return plan;
  }

  /** Refuses configurations of other heads on the same layers. */
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
