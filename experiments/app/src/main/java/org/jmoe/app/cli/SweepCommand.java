package org.jmoe.app.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.catalog.sweep.Sweep;
import org.jmoe.catalog.sweep.SweepFile;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains many configurations and compares them. */
@Command(
    name = "sweep",
    description = {
      "Trains many configurations, each with several seeds, and compares them.",
      "",
      "sweep.json names a preset or a run, values for all arms (set), and the arms: a list (arms),"
          + " all combinations (grid) or random draws (random). Repeat the command to resume. Each"
          + " trial is a run folder, so jmoe compare and jmoe view open it.",
      ""
    },
    footer = {
      "",
      "Example of a sweep.json:",
      "  {\"preset\": \"smoke\", \"seeds\": 3, \"set\": {\"training.steps\": 100},",
      "   \"grid\": {\"model.moe.experts\": [4, 8], \"model.moe.router.k\": [1, 2]}}"
    },
    mixinStandardHelpOptions = true)
final class SweepCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "sweep.json", description = "The sweep, or the folder of one.")
  Path file = Path.of("");

  @Mixin ExperimentJob job = new ExperimentJob();

  @Override
  public Integer call() {
    job.check();
    RunJson json = ExtensionOptions.json(spec);
    Path source = Files.isDirectory(file) ? file.resolve(SweepFile.NAME) : file;
    Sweep sweep = SweepFile.read(source, json);
    Path folder =
        Files.isDirectory(file) && job.out == null ? file : job.folder(sweep.name(), false);
    job.of(sweep, folder).begin();
    keep(SweepFile.complete(source, json), folder.resolve(SweepFile.NAME), json);
    ImmutableList<String> options =
        ImmutableList.of("--sweep", folder.resolve(SweepFile.NAME).toString());
    return job.run(sweep, folder, options, spec) ? 0 : ExperimentTrial.TERMINATED;
  }

  /** Writes the sweep to its folder; a folder keeps its sweep for good. */
  private static void keep(ObjectNode sweep, Path file, RunJson json) {
    try {
      if (Files.exists(file)) {
        if (!JsonFiles.object(file).equals(sweep)) {
          throw new ConfigException(file + " is another sweep; choose another folder with --out");
        }
        return;
      }
      RunDirectory.writeText(file, json.text(sweep));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
