package org.jmoe.app.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.util.Set;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.training.config.keys.Nearest;
import org.jspecify.annotations.Nullable;

/** Reads capacity rules and drop orders from route files. */
final class CapacityJson {
  private static final Set<String> KEYS = Set.of("tokens", "factor", "rule");

  private CapacityJson() {}

  static ImmutableMap<String, CapacityRule> rules() {
    ImmutableMap.Builder<String, CapacityRule> rules = ImmutableMap.builder();
    for (PublishedCapacity rule : PublishedCapacity.values()) {
      rules.put(name(rule), rule);
    }
    return rules.buildOrThrow();
  }

  static ImmutableMap<String, DropOrder> orders() {
    ImmutableMap.Builder<String, DropOrder> orders = ImmutableMap.builder();
    for (DropOrder order : DropOrder.values()) {
      orders.put(name(order), order);
    }
    return orders.buildOrThrow();
  }

  /** Returns the name of a constant in files, such as {@code fairseq-top1}. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  static @Nullable Integer tokens(@Nullable JsonNode node) {
    requireKnown(node);
    return node == null || !node.has("tokens")
        ? null
        : RequestFields.positive(node.get("tokens"), "capacity.tokens");
  }

  static @Nullable Double factor(@Nullable JsonNode node) {
    if (node == null || !node.has("factor")) {
      return null;
    }
    return RequestFields.number(node.get("factor"), "capacity.factor");
  }

  static @Nullable CapacityRule rule(@Nullable JsonNode node) {
    if (node == null || !node.has("rule")) {
      return null;
    }
    return lookup(rules(), RequestFields.text(node.get("rule"), "capacity.rule"), "capacity rule");
  }

  static @Nullable DropOrder order(@Nullable JsonNode node) {
    return node == null ? null : lookup(orders(), RequestFields.text(node, "drop"), "drop order");
  }

  private static <T> T lookup(ImmutableMap<String, T> known, String name, String what) {
    T found = known.get(name);
    if (found == null) {
      throw new RouteException(
          "unknown " + what + " '" + name + "'" + Nearest.question(name, known.keySet()));
    }
    return found;
  }

  private static void requireKnown(@Nullable JsonNode node) {
    if (node == null) {
      return;
    }
    if (!node.isObject()) {
      throw new RouteException(
          "capacity is " + RequestFields.brief(node) + "; use {\"tokens\": n} or {\"factor\": x}");
    }
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!KEYS.contains(key)) {
                throw new RouteException(
                    "unknown key 'capacity." + key + "'" + Nearest.question(key, KEYS));
              }
            });
    if (node.has("tokens") == node.has("factor") || (node.has("tokens") && node.has("rule"))) {
      throw new RouteException(
          "capacity must be {\"tokens\": n}, or {\"factor\": x} with an optional rule");
    }
  }
}
