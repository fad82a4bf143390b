package org.jmoe.app.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jmoe.app.cli.option.TokenOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Options that select a configuration. */
final class RunOptions {
  private static final String DEFAULT = "quickstart";

  @Parameters(
      arity = "0..1",
      paramLabel = "run.json",
      description = "A configuration file, such as the run.json of another run.")
  @Nullable Path file;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "A preset configuration; see jmoe presets (default: " + DEFAULT + ").")
  @Nullable String preset;

  @Option(
      names = "--set",
      paramLabel = "path=value",
      description = {
        "Change one value, such as model.moe.experts=16 or model.moe.router.k=1; a value may be"
            + " JSON. Repeatable."
      })
  List<String> overrides = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Train on this file or folder of tokens instead of the configuration's data.")
  @Nullable Path data;

  @Mixin TokenOptions how = new TokenOptions();

  @Option(names = "--seed", paramLabel = "N", description = "Short for --set seed=N.")
  @Nullable Long seed;

  RunConfig config(RunJson json) {
    return config(json, new InitOptions());
  }

  /** The configuration that goes on from weights; changes by name come last. */
  RunConfig config(RunJson json, InitOptions init) {
    return config(json, init, tree -> tree);
  }

  /** The same with one more change before those by name. */
  RunConfig config(RunJson json, InitOptions init, UnaryOperator<JsonNode> change) {
    if (file != null && preset != null) {
      throw new UsageException(
          "Both " + file + " and --preset " + preset + " name a configuration; give one of them.");
    }
    JsonNode named = file == null ? json.write(Presets.named(name()).config()) : json.parse(file);
    JsonNode tree =
        change.apply(init.apply(init.own(named, file != null || preset != null, json), json));
    List<String> all = new ArrayList<>();
    if (seed != null) {
      all.add("seed=" + seed);
    }
    if (data != null) {
      ObjectNode source = JsonNodeFactory.instance.objectNode();
      source.put("type", "FileSource").put("path", data.toString()).put("dtype", how.dtype());
      source.put("separator", how.separator());
      how.splits().forEach(source.putArray("splits")::add);
      all.add("data.source=" + source);
    } else if (!how.isEmpty()) {
      throw new UsageException(
          "--split, --dtype and --separator say how --data is read; give --data too.");
    }
    all.addAll(overrides);
    return json.read(Overrides.apply(tree, all, json));
  }

  /** Whether no configuration was named. */
  boolean isEmptyOfConfigurations() {
    return file == null && preset == null;
  }

  /** Whether nothing was named. */
  boolean isEmpty() {
    return file == null
        && preset == null
        && overrides.isEmpty()
        && data == null
        && how.isEmpty()
        && seed == null;
  }

  /** A name for the run's folder. */
  String name() {
    return file != null ? "run" : preset != null ? preset : DEFAULT;
  }
}
