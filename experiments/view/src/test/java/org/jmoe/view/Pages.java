package org.jmoe.view;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.catalog.Catalog;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.view.data.Folders;
import org.jmoe.view.data.RunTable;
import org.jmoe.view.model.Models;

/** Folders for tests, and pages of them. */
final class Pages {
  private Pages() {}

  /** Trains a run of a second. */
  static Path train(Path folder, String name, String... changes) {
    Path run = folder.resolve(name);
    Run.of(TinyRuns.config(TinyRuns.corpus(folder), changes)).execute(run);
    return run;
  }

  /** Writes a run that has only begun: its configuration and some steps. */
  static Path begin(Path folder, String name, int steps) throws IOException {
    RunJson json = TinyRuns.json();
    Path run = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        run.resolve("run.json"), json.text(json.write(TinyRuns.config(TinyRuns.corpus(folder)))));
    StringBuilder lines = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      lines.append(line(step));
    }
    Files.writeString(run.resolve("metrics.jsonl"), lines);
    return run;
  }

  /** Returns a line of {@code metrics.jsonl}. */
  static String line(int step) {
    return ("{\"kind\":\"step\",\"step\":%d,\"tokens\":%d,\"seconds\":%d,\"nats\":%s,"
            + "\"choices\":{\"layers/0/moe\":[%d,3]}}\n")
        .formatted(step, 64L * step, step, 6.0 / step, step);
  }

  static Api api(Path... roots) {
    RunJson json = TinyRuns.json();
    return new Api(
        new Folders(List.of(roots)),
        new RunTable(json),
        new Models(json, null, null),
        Catalog.of(json.extensions()));
  }
}
