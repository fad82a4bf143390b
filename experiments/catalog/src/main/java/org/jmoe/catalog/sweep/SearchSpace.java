package org.jmoe.catalog.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jmoe.tensor.Seed;

/** Values to try: all combinations of lists, or random draws from ranges. */
final class SearchSpace {
  private static final MathContext DIGITS = new MathContext(3); // readable in names and tables
  private static final int MAX_COMBINATIONS = 10_000;

  private SearchSpace() {}

  /**
   * Returns all combinations; the last key varies fastest.
   *
   * @param grid lists of values by path
   * @throws IllegalArgumentException if a value is no list, or empty
   */
  static ImmutableList<ImmutableMap<String, JsonNode>> grid(JsonNode grid) {
    List<List<Map.Entry<String, JsonNode>>> axes = new ArrayList<>();
    double count = 1;
    for (Map.Entry<String, JsonNode> axis : grid.properties()) {
      Preconditions.checkArgument(
          axis.getValue().isArray() && !axis.getValue().isEmpty(),
          "%s must be a list of values, not %s",
          axis.getKey(),
          axis.getValue());
      axes.add(
          ImmutableList.copyOf(axis.getValue()).stream()
              .map(value -> Map.entry(axis.getKey(), value))
              .toList());
      count *= axis.getValue().size();
    }
    Preconditions.checkArgument(
        count <= MAX_COMBINATIONS, "the grid has %s combinations; use random", (long) count);
    return Lists.cartesianProduct(axes).stream()
        .map(ImmutableMap::copyOf)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Returns independent draws. Those of a path depend on the seed, the path and their number only,
   * so more draws or more paths leave the others unchanged.
   *
   * @param random {@code count}, {@code seed} and, by path, {@code values}: each has one of {@code
   *     log}, {@code uniform} and {@code integer} with the two ends, or {@code choice} with a list
   * @throws IllegalArgumentException if a range is malformed
   */
  static ImmutableList<ImmutableMap<String, JsonNode>> random(JsonNode random) {
    long count = random.path("count").asLong();
    Preconditions.checkArgument(
        count >= 1 && count <= MAX_COMBINATIONS,
        "random.count must be 1 to %s, not %s",
        MAX_COMBINATIONS,
        random.path("count"));
    Preconditions.checkArgument(
        random.path("values").isObject(), "random.values must be an object of paths and ranges");
    Seed seed = Seed.of(random.path("seed").asLong(0));
    return Stream.iterate(0L, i -> i + 1)
        .limit(count)
        .map(i -> draws(random.path("values"), seed, i))
        .collect(ImmutableList.toImmutableList());
  }

  private static ImmutableMap<String, JsonNode> draws(JsonNode values, Seed seed, long number) {
    ImmutableMap.Builder<String, JsonNode> drawn = ImmutableMap.builder();
    for (Map.Entry<String, JsonNode> value : values.properties()) {
      double uniform =
          new SplittableRandom(seed.child(value.getKey()).child(number).value()).nextDouble();
      drawn.put(value.getKey(), draw(value.getKey(), value.getValue(), uniform));
    }
    return drawn.buildOrThrow();
  }

  private static JsonNode draw(String path, JsonNode range, double uniform) {
    Preconditions.checkArgument(
        range.isObject() && range.size() == 1 && range.elements().next().isArray(),
        "%s must be one of log, uniform, integer and choice with a list, not %s",
        path,
        range);
    String kind = range.fieldNames().next();
    JsonNode list = range.get(kind);
    if (kind.equals("choice")) {
      Preconditions.checkArgument(!list.isEmpty(), "%s: choice must not be empty", path);
      return list.get((int) (uniform * list.size()));
    }
    Preconditions.checkArgument(
        list.size() == 2
            && list.get(0).isNumber()
            && list.get(1).isNumber()
            && list.get(0).asDouble() < list.get(1).asDouble(),
        "%s: %s must be two ascending numbers, not %s",
        path,
        kind,
        list);
    double low = list.get(0).asDouble();
    double high = list.get(1).asDouble();
    return switch (kind) {
      case "uniform" -> rounded(low + uniform * (high - low));
      case "log" -> {
        Preconditions.checkArgument(low > 0, "%s: log must begin above 0, not at %s", path, low);
        yield rounded(Math.exp(Math.log(low) + uniform * (Math.log(high) - Math.log(low))));
      }
      case "integer" ->
          LongNode.valueOf((long) Math.floor(low) + (long) (uniform * (high - low + 1)));
      default ->
          throw new IllegalArgumentException(
              "%s must be one of log, uniform, integer and choice, not '%s'".formatted(path, kind));
    };
  }

  private static JsonNode rounded(double value) {
    return DoubleNode.valueOf(new BigDecimal(value).round(DIGITS).doubleValue());
  }
}
