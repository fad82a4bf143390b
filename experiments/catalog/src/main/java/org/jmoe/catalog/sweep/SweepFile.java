package org.jmoe.catalog.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.Nearest;

/**
 * Reads {@code sweep.json}: {@code preset} or {@code run} (a configuration or its file), {@code
 * set} (values by path for all arms), {@code seeds}, {@code name}, and one of {@code arms}, {@code
 * grid} and {@code random}.
 */
public final class SweepFile {
  /** Name of the file in the folder of a sweep. */
  public static final String NAME = "sweep.json";

  private static final String ARMS = "arms";
  private static final String GRID = "grid";
  private static final String RANDOM = "random";
  private static final ImmutableSet<String> WAYS = ImmutableSet.of(ARMS, GRID, RANDOM);
  private static final ImmutableSet<String> KEYS =
      ImmutableSet.of("name", "preset", "run", "set", "seeds", ARMS, GRID, RANDOM);
  private static final int MAX_ARMS = 10_000;

  private final Path file;
  private final ObjectNode tree;
  private final RunJson json;

  private SweepFile(Path file, RunJson json) {
    this.file = file;
    this.json = json;
    tree = JsonFiles.object(file);
  }

  /**
   * Reads a sweep.
   *
   * @throws DataFormatException if the file is malformed
   * @throws org.jmoe.training.config.ConfigException if an arm is no valid configuration
   */
  public static Sweep read(Path file, RunJson json) {
    return new SweepFile(file, json).read();
  }

  /** Returns the file with its configuration in place of the name of one, to keep beside trials. */
  public static ObjectNode complete(Path file, RunJson json) {
    SweepFile read = new SweepFile(file, json);
    ObjectNode whole = read.tree.deepCopy();
    whole.remove("preset");
    whole.set("run", read.base());
    return whole;
  }

  private Sweep read() {
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      require(
          KEYS.contains(entry.getKey()),
          "has an unknown key '%s'%s"
              .formatted(entry.getKey(), Nearest.question(entry.getKey(), KEYS)));
    }
    String name = text("name").orElse("sweep");
    require(
        name.matches("[a-z0-9][a-z0-9-]*"),
        "has the name '%s'; use lower-case letters, digits and dashes".formatted(name));
    int seeds = tree.path("seeds").asInt(1);
    require(seeds >= 1, "has seeds = %s, which must be at least 1".formatted(tree.path("seeds")));
    ImmutableMap<String, ImmutableMap<String, JsonNode>> arms = arms();
    require(
        !arms.isEmpty() && arms.size() <= MAX_ARMS,
        "has %d arms; use 1 to %d".formatted(arms.size(), MAX_ARMS));
    ImmutableMap<String, JsonNode> all = values(tree.path("set"), "set");
    JsonNode base = base();
    ImmutableList.Builder<Sweep.Variant> variants = ImmutableList.builder();
    arms.forEach(
        (arm, own) -> {
          ImmutableMap<String, JsonNode> changes =
              ImmutableMap.<String, JsonNode>builder().putAll(all).putAll(own).buildKeepingLast();
          variants.add(Sweep.Variant.of(arm, changes, base, json));
        });
    return new Sweep(name, seeds, variants.build());
  }

  private JsonNode base() {
    Optional<String> preset = text("preset");
    JsonNode run = tree.path("run");
    require(preset.isPresent() == run.isMissingNode(), "needs either a preset or a run");
    require(
        run.isMissingNode() || run.isObject() || run.isTextual(),
        "has run = %s, which must be a file or a configuration".formatted(run));
    if (preset.isPresent()) {
      return json.write(Presets.named(preset.get()).config());
    }
    return run.isObject() ? json.upgraded(run) : json.parse(file.resolveSibling(run.textValue()));
  }

  private ImmutableMap<String, ImmutableMap<String, JsonNode>> arms() {
    ImmutableSet<String> given = Sets.intersection(WAYS, keys()).immutableCopy();
    require(given.size() == 1, "needs one of arms, grid and random, not %s".formatted(given));
    JsonNode way = tree.get(given.iterator().next());
    require(way.isObject(), "has %s, which must be an object".formatted(given.iterator().next()));
    if (tree.has(ARMS)) {
      ImmutableMap.Builder<String, ImmutableMap<String, JsonNode>> arms = ImmutableMap.builder();
      way.properties()
          .forEach(arm -> arms.put(arm.getKey(), values(arm.getValue(), "arm " + arm.getKey())));
      return arms.buildOrThrow();
    }
    try {
      return ArmNames.of(tree.has(GRID) ? SearchSpace.grid(way) : SearchSpace.random(way));
    } catch (IllegalArgumentException e) {
      throw new DataFormatException(file, "is malformed: " + e.getMessage(), e);
    }
  }

  private ImmutableSet<String> keys() {
    return tree.properties().stream().map(Map.Entry::getKey).collect(ImmutableSet.toImmutableSet());
  }

  private ImmutableMap<String, JsonNode> values(JsonNode node, String what) {
    require(
        node.isMissingNode() || node.isObject(),
        "has %s, which must be an object of paths and values".formatted(what));
    return ImmutableMap.copyOf(node.properties());
  }

  private Optional<String> text(String key) {
    JsonNode node = tree.path(key);
    require(
        node.isMissingNode() || node.isTextual(),
        "has %s = %s, which must be a string".formatted(key, node));
    return node.isMissingNode() ? Optional.empty() : Optional.of(node.textValue());
  }

  private void require(boolean correct, String problem) {
    if (!correct) {
      throw new DataFormatException(file, problem);
    }
  }
}
