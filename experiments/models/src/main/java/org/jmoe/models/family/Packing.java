package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Reads the {@code quantization_config}, which describes how the weights are packed. */
public final class Packing {
  private static final String FIELD = "quantization_config";

  private Packing() {}

  /**
   * Returns the packing configuration if it uses the given method.
   *
   * @return the nested configuration, with the fields that list unpacked modules marked as read, or
   *     null for another method
   */
  private static @Nullable HubConfig of(HubConfig config, String method) {
    if (!config.peek(FIELD).path("quant_method").asText().equals(method)) {
      return null;
    }
    HubConfig packing = config.part(FIELD);
    packing.text("quant_method");
    // Tensor types show which tensors are packed. The rounding of activations does not matter //
    // because the weights are unpacked.
    packing.ignore(
        "activation_scheme",
        "dequantize",
        "ignored_layers",
        "modules_to_convert",
        "modules_to_not_convert",
        "scale_fmt");
    return packing;
  }

  /**
   * Returns whether the weights are packed with a method that a family decodes itself. Rejects
   * unknown fields of the packing.
   */
  public static boolean isOf(HubConfig config, String method) {
    HubConfig packing = of(config, method);
    if (packing != null) {
      packing.refuseUnread();
    }
    return packing != null;
  }

  /**
   * Reads the packing that every family supports: fp8 with a scale per block (DeepSeek-AI 2024,
   * section 3.3.2; {@code FineGrainedFP8Config} in Transformers).
   */
  static void read(HubConfig config, TensorMap tensors) {
    if (config.isRead(FIELD) || !config.has(FIELD)) {
      return; // not packed, or a packing that the family decodes
    }
    HubConfig packing = of(config, "fp8");
    if (packing == null) {
      throw config.fault(
          "has %s with quant_method = \"%s\"; use a checkpoint with fp8, mxfp4 (gpt_oss only) or unquantized weights"
              .formatted(FIELD, config.part(FIELD).text("quant_method")));
    }
    packing.only("fmt", "e4m3");
    tensors.scaleBlocks(
        packing.peek("weight_block_size").isMissingNode()
            ? new ScaleBlocks(128, 128) // the default in Transformers
            : blocks(packing, packing.json("weight_block_size")));
    packing.refuseUnread();
  }

  private static ScaleBlocks blocks(HubConfig packing, JsonNode sizes) {
    if (!sizes.isArray()
        || sizes.size() != 2
        || !sizes.get(0).isInt()
        || !sizes.get(1).isInt()
        || sizes.get(0).intValue() < 1
        || sizes.get(1).intValue() < 1) {
      throw packing.fault(
          "has %s.weight_block_size = %s; use a list of two integers of at least 1"
              .formatted(FIELD, sizes));
    }
    return new ScaleBlocks(sizes.get(0).intValue(), sizes.get(1).intValue());
  }
}
