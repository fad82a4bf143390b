package org.jmoe.app.cli.train;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.FinishedRun;
import org.jmoe.training.results.Reproduction;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.Run;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Repeats a finished run and compares the results. */
@Command(
    name = "reproduce",
    description = {
      "Repeats a finished run from its run.json and compares every step's loss, every"
          + " evaluation, the final numbers and the trained parameters bit for bit.",
      "",
      "On a difference, it reports what else differs (code, libraries, threads,"
          + " processor, data) and exits with 1."
    },
    mixinStandardHelpOptions = true)
public final class ReproduceCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DIR", description = "A finished run.")
  Path folder = Path.of("");

  @Option(
      names = {"--out", "-o"},
      paramLabel = "DIR",
      description = "Keep the repetition here (default: it is removed).")
  @Nullable Path out;

  @Override
  public Integer call() {
    RunJson json = ExtensionOptions.json(spec, folder);
    RunDirectory before = RunDirectory.open(folder);
    if (!Files.exists(before.summary())) {
      throw new UsageException(
          "The run "
              + folder
              + " is not finished; resume it with jmoe train --resume "
              + folder
              + ".");
    }
    RunConfig config = before.configuration(json);
    FinishedRun reference = FinishedRun.read(before, config);
    @Nullable Path temporary = out == null ? temporary() : null;
    Path target = temporary == null ? Objects.requireNonNull(out) : temporary.resolve("run");
    try (TrainingProgress progress = new TrainingProgress(config.training().steps())) {
      new Run(config, json).execute(target, Execution.plain(), progress);
      return tell(Reproduction.of(reference, FinishedRun.read(new RunDirectory(target), config)));
    } finally {
      if (temporary != null) {
        remove(temporary);
      }
    }
  }

  private int tell(Reproduction found) {
    PrintWriter text = spec.commandLine().getOut();
    if (found.equal()) {
      text.printf(
          "bit-exact: %d steps, all evaluations, the final numbers, the parameters%n",
          found.steps());
    } else {
      text.println("differs:");
      found.differences().forEach(d -> text.println("  " + d));
    }
    if (!found.causes().isEmpty()) {
      text.println(found.equal() ? "although" : "likely because");
      found.causes().forEach(c -> text.println("  " + c));
    } else if (!found.equal()) {
      text.println(
          "although code, libraries, threads, processor and data are the same: please report this");
    }
    text.flush();
    return found.equal() ? 0 : 1;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("jmoe-reproduce-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a temporary folder", e);
    }
  }

  private static void remove(Path folder) {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }
}
