package org.jmoe.app.cli.train;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.keys.Nearest;
import org.jmoe.training.log.RunLogger;
import picocli.CommandLine.Option;

/** The option that sends the numbers of a run to other tools. */
final class LogOptions {
  @Option(
      names = "--log",
      paramLabel = "NAME",
      description =
          "Also log to another tool: tensorboard writes event files to the run's folder"
              + " tensorboard; extensions add others. Repeatable.")
  List<String> names = new ArrayList<>();

  /** The loggers that are named. */
  List<RunLogger> loggers(Extensions extensions) {
    ImmutableMap<String, RunLogger> known = extensions.values(RunLogger.class);
    return names.stream().distinct().map(name -> logger(name, known)).toList();
  }

  private static RunLogger logger(String name, ImmutableMap<String, RunLogger> known) {
    RunLogger found = known.get(name);
    if (found == null) {
      throw new UsageException(
          "There is no logger '%s' among %s%s"
              .formatted(
                  name, String.join(", ", known.keySet()), Nearest.question(name, known.keySet())));
    }
    return found;
  }
}
