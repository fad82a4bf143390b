package org.jmoe.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jmoe.block.Norm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.Multipliers;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.Rotary;
import org.jspecify.annotations.Nullable;

/**
 * Upgrades {@code run.json} files of earlier versions: models with flat keys and a single kind of
 * layer, optimizers and schedules without a type, renamed types, and keys added since.
 */
final class LegacyRunJson {
  private static final ImmutableMap<String, String> TYPES =
      ImmutableMap.of("SeesAhead", "AllowNonCausal");

  /** Types of objects next to each other that had none, by key. */
  private static final ImmutableMap<String, String> UNTYPED =
      ImmutableMap.of("optimizer", "AdamW", "schedule", "WarmupDecay");

  private static final ImmutableList<String> FLAT = ImmutableList.of("kvHeads", "moeFrom");

  private static final ImmutableList<String> MODEL =
      ImmutableList.of("vocabulary", "extrapolates", "learnedPositions", "layers");

  private final RunJson json;

  LegacyRunJson(RunJson json) {
    this.json = json;
  }

  /** The former {@code model} object. */
  private record FlatModel(
      int vocabulary,
      int context,
      int layers,
      int dim,
      int heads,
      int kvHeads,
      int hidden,
      Activation activation,
      Norm.Kind norm,
      Positions positions,
      boolean causal,
      boolean tied,
      double dropout,
      MoeLayer.@Nullable Spec moe,
      int moeFrom,
      int moeEvery) {
    private enum Positions {
      LEARNED,
      ROTARY
    }

    ModelSpec upgraded() {
      if (layers < 1 || layers > ModelSpec.MAX_LAYERS) {
        throw new ConfigException(
            "model.layers must be from 1 to %d, got %d".formatted(ModelSpec.MAX_LAYERS, layers));
      }
      boolean learned = positions == Positions.LEARNED;
      AttentionSpec attention =
          GroupedAttention.Spec.builder(heads, kvHeads)
              .rotary(learned ? null : Rotary.of(10_000))
              .build();
      DecoderBlock.Spec block =
          DecoderBlock.Spec.dense(attention, new FeedForward.Spec(hidden, activation));
      List<DecoderBlock.Spec> blocks =
          IntStream.range(0, layers)
              .mapToObj(i -> isMoe(i) && moe != null ? block.withMoe(moe) : block)
              .toList();
      return ModelSpec.builder(vocabulary, context, dim)
          .norm(norm, 1e-5)
          .learnedPositions(learned)
          .causal(causal)
          .tied(tied)
          .dropout(dropout)
          .blocks(blocks)
          .build();
    }

    private boolean isMoe(int layer) {
      return layer >= moeFrom && (layer - moeFrom) % moeEvery == 0;
    }
  }

  /** Returns an upgraded copy; a tree in the current form is copied unchanged. */
  JsonNode upgraded(JsonNode tree) {
    if (tree instanceof ObjectNode object) {
      return upgraded(object);
    }
    if (tree instanceof ArrayNode array) {
      ArrayNode copy = array.arrayNode(array.size());
      array.forEach(element -> copy.add(upgraded(element)));
      return copy;
    }
    return tree;
  }

  private ObjectNode upgraded(ObjectNode former) {
    ObjectNode copy = former.objectNode();
    for (Map.Entry<String, JsonNode> entry : former.properties()) {
      copy.set(entry.getKey(), upgraded(entry.getValue()));
    }
    if (copy.path("type").isTextual() && TYPES.containsKey(copy.get("type").textValue())) {
      copy.put("type", TYPES.get(copy.get("type").textValue()));
    }
    if (MODEL.stream().allMatch(copy::has)) {
      copy.putIfAbsent("documentMask", copy.booleanNode(false));
      copy.putIfAbsent("normPlacement", copy.textNode("INPUT"));
      copy.putIfAbsent("multipliers", json.tree(Multipliers.NONE));
    }
    if (copy.path("type").asText().equals("GroupedAttention")) {
      copy.putIfAbsent("gated", copy.booleanNode(false));
      copy.putIfAbsent("scoreFactor", copy.numberNode(1.0));
    }
    if (copy.path("type").asText().equals("QuantileRouter")) {
      copy.putIfAbsent("decay", copy.numberNode(0));
    }
    if (copy.has("source") && copy.has("validation") && !copy.has("mix")) {
      copy.putObject("mix");
    }
    if (copy.path("type").asText().equals("DefaultSource")) {
      copy.putIfAbsent("vocabulary", copy.numberNode(256));
    }
    if (copy.path("type").asText().equals("FileSource") && copy.has("path")) {
      copy.putIfAbsent("dtype", copy.textNode(""));
      copy.putIfAbsent("splits", copy.arrayNode());
      copy.putIfAbsent("separator", copy.nullNode());
    }
    if (UNTYPED.keySet().stream().allMatch(copy::has)) {
      UNTYPED.forEach((key, type) -> copy.set(key, typed(copy.get(key), type)));
      copy.putIfAbsent("recompute", copy.booleanNode(false));
      copy.putIfAbsent("batchRamp", copy.nullNode());
      copy.putIfAbsent("sequenceWarmup", copy.nullNode());
      copy.putIfAbsent("ema", copy.numberNode(0.0));
      copy.putIfAbsent("outputZLoss", copy.numberNode(0.0));
    }
    return FLAT.stream().allMatch(copy::has)
        ? json.tree(json.exactly(copy, FlatModel.class).upgraded())
        : copy;
  }

  private static JsonNode typed(JsonNode part, String type) {
    if (!part.isObject() || part.has("type")) {
      return part;
    }
    ObjectNode typed = ((ObjectNode) part).objectNode().put("type", type);
    part.properties().forEach(entry -> typed.set(entry.getKey(), entry.getValue()));
    return typed;
  }
}
