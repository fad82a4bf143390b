package org.jmoe.app.cli.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.app.route.RouteRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs one published routing rule on numbers from a file. */
@Command(
    name = "route",
    description = {
      "Routes the logits or tokens of a JSON file by a published rule and prints the result as"
          + " JSON.",
      "",
      "For checking a port. The file names a preset (jmoe presets --routers), its"
          + " overrides, and logits (T, E), or tokens (T, D) with weight (D, E) or phi (D, E,"
          + " P); it may give noise, uniform, bias, padding, tokenIds, capacity, drop,"
          + " training, sequences, previousCounts and losses."
    },
    mixinStandardHelpOptions = true)
public final class RouteCommand implements Callable<Integer> {
  private static final int MAX_BYTES = 1 << 27;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE|-", description = "The JSON file, or - for the standard input.")
  String file = "-";

  @Override
  public Integer call() {
    JsonNode reply = RouteRun.of(text(), ExtensionOptions.extensions(spec));
    PrintWriter out = spec.commandLine().getOut();
    out.println(reply.toPrettyString());
    out.flush();
    return 0;
  }

  private String text() {
    try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      byte[] bytes = in.readNBytes(MAX_BYTES);
      if (bytes.length == MAX_BYTES) {
        throw new UsageException(file + " is larger than 128 MiB; route fewer tokens at a time.");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new UsageException("There is no file " + file + "; give a JSON file, or - for input.");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
