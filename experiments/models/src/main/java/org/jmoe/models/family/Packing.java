package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** How the weights of a checkpoint are packed, the {@code quantization_config}. */
public final class Packing {
  private static final String FIELD = "quantization_config";

  private Packing() {}

  /**
   * The description of a packing, if it is of a given method.
   *
   * @return the part, in which fields that say what is not packed are read; null for another method
   */
  private static @Nullable HubConfig of(HubConfig config, String method) {
    if (!config.peek(FIELD).path("quant_method").asText().equals(method)) {
      return null;
    }
    HubConfig packing = config.part(FIELD);
    packing.text("quant_method");
    // The types of the tensors show which are packed; how activations are rounded does not matter
    // to weights that are unpacked.
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
   * Whether the weights are packed by a method that a family reads itself, and no other setting of
   * the packing is unknown.
   */
  public static boolean isOf(HubConfig config, String method) {
    HubConfig packing = of(config, method);
    if (packing != null) {
      packing.refuseUnread();
    }
    return packing != null;
  }

  /**
   * Reads the packing that any family may have: fp8, numbers of 8 bits with a scale for each block
   * (DeepSeek-AI 2024, section 3.3.2; Transformers' {@code FineGrainedFP8Config}).
   */
  static void read(HubConfig config, TensorMap tensors) {
    if (config.isRead(FIELD) || !config.has(FIELD)) {
      return; // plain numbers, or a packing of the family's own
    }
    HubConfig packing = of(config, "fp8");
    if (packing == null) {
      throw config.fault(
          "has %s with quant_method = \"%s\"; fp8 is read, and mxfp4 for gpt_oss: use such a checkpoint or one that is not quantized"
              .formatted(FIELD, config.part(FIELD).text("quant_method")));
    }
    packing.only("fmt", "e4m3");
    tensors.scaleBlocks(
        packing.peek("weight_block_size").isMissingNode()
            ? new ScaleBlocks(128, 128) // Transformers' default
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
