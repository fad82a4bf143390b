package org.jmoe.view.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;

/** The runs of the page with their curves, reread when their files change. */
public final class RunTable {
  private static final int MAX_CURVES = 256; // runs whose curves are kept in memory

  private final RunJson json;
  private final Map<String, Row> rows = new ConcurrentHashMap<>();
  private final LoadingCache<Path, Curves> curves =
      CacheBuilder.newBuilder()
          .maximumSize(MAX_CURVES)
          .build(CacheLoader.from(path -> new Curves(new RunDirectory(path))));

  private record Row(List<Long> stamp, ObjectNode json) {}

  /** Creates a table that reads configurations with these types. */
  public RunTable(RunJson json) {
    this.json = json;
  }

  /** Returns the rows of all runs, as JSON. */
  public ArrayNode rows(List<Folder> folders) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Folder folder : folders) {
      if (folder.kind() == Folder.Kind.RUN) {
        all.add(row(folder));
      }
    }
    return all;
  }

  private ObjectNode row(Folder folder) {
    RunDirectory run = new RunDirectory(folder.path());
    List<Long> stamp =
        List.of(
            modified(run.config()),
            modified(run.summary()),
            modified(run.metricsLog()),
            System.currentTimeMillis() / 60_000 * (modified(run.summary()) == 0 ? 1 : 0));
    Row known = rows.get(folder.id());
    if (known == null || !known.stamp().equals(stamp)) {
      known = new Row(stamp, RunSummary.of(folder, json));
      rows.put(folder.id(), known);
    }
    return known.json();
  }

  private static long modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return 0; // not there yet
    }
  }

  /** Returns the curves of a run; {@link Curves#refresh} brings them up to date. */
  public Curves curves(Folder run) {
    return curves.getUnchecked(run.path());
  }
}
