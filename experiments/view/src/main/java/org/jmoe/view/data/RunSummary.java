package org.jmoe.view.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jmoe.io.DirectoryLock;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;

/** A run as a row of the table: configuration, state and final metrics. */
public final class RunSummary {
  private static final long QUIET_MILLIS = 10 * 60_000; // longer than a step takes

  private RunSummary() {}

  /**
   * Returns the row of a run as JSON; an unreadable file is reported as its {@code error}.
   *
   * @param json reads the configuration
   */
  public static ObjectNode of(Folder folder, RunJson json) {
    RunDirectory run = new RunDirectory(folder.path());
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("id", folder.id()).put("name", folder.name());
    row.put("state", state(run));
    try {
      row.put("changed", changed(run));
      JsonNode config = config(run, json);
      row.set("config", config);
      if (isFile(run.summary())) {
        row.set("summary", JsonFiles.object(run.summary()).without("layers"));
      }
      row.put("flopsPerToken", flopsPerToken(config, json));
    } catch (RuntimeException | IOException e) {
      row.put("error", Sentences.of(e));
    }
    return row;
  }

  /**
   * Returns the load and domains of each layer on held-out data; empty until the run has finished.
   */
  public static JsonNode layers(Folder folder) {
    Path file = new RunDirectory(folder.path()).summary();
    return isFile(file)
        ? JsonFiles.object(file).path("layers")
        : JsonNodeFactory.instance.arrayNode();
  }

  /** Returns the configuration in the current form, or as it is if a type is unknown. */
  private static JsonNode config(RunDirectory run, RunJson json) {
    JsonNode config = JsonFiles.object(run.config());
    try {
      return json.upgraded(config);
    } catch (ConfigException e) {
      return config; // such as a flat model with a router of an extension that is not loaded
    }
  }

  /**
   * Returns the model FLOPs of training per token, as in {@code summary.json}. 0 if a type is
   * unknown.
   */
  private static double flopsPerToken(JsonNode config, RunJson json) {
    try {
      return json.read(config).flopsPerToken();
    } catch (RuntimeException e) {
      return 0; // such as a router of an extension that is not loaded
    }
  }

  private static String state(RunDirectory run) {
    if (isFile(run.summary())) {
      return "finished";
    }
    try {
      boolean locked = isFile(run.path().resolve(DirectoryLock.NAME));
      boolean quiet = System.currentTimeMillis() - changed(run) > QUIET_MILLIS;
      return locked && !quiet ? "training" : "unfinished";
    } catch (IOException e) {
      return "unfinished"; // removed meanwhile
    }
  }

  /** Returns the time of the last recorded metric, in milliseconds since 1970. */
  private static long changed(RunDirectory run) throws IOException {
    Path file = isFile(run.metricsLog()) ? run.metricsLog() : run.config();
    return Files.getLastModifiedTime(file).toMillis();
  }

  private static boolean isFile(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }
}
