package org.jmoe.app.cli;

import com.google.common.collect.ImmutableList;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.catalog.Catalog;
import org.jmoe.io.Outputs;
import org.jmoe.training.config.RunJson;
import org.jmoe.view.Api;
import org.jmoe.view.ReportPage;
import org.jmoe.view.ViewServer;
import org.jmoe.view.data.Folders;
import org.jmoe.view.data.RunTable;
import org.jmoe.view.model.Models;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows runs and experiments in a browser. */
@Command(
    name = "view",
    description = {
      "Shows runs, experiments and checkpoints in a browser while they train.",
      "",
      "Serves a page on this machine only and prints its URL, which contains a token. Ctrl-C stops"
          + " it. With --out it writes the page as one file that opens without a server."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe view",
      "  jmoe view runs/a runs/b",
      "  jmoe view runs/a --out report.html --text 'if (x) {'"
    },
    mixinStandardHelpOptions = true)
final class ViewCommand implements Callable<Integer> {
  private static final int PORT = 8642;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "DIR",
      description = "Runs, experiments, published checkpoints or folders of them (default: runs).")
  List<Path> folders = List.of(Path.of("runs"));

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "Port to listen on; 0 for any free port (default: "
              + PORT
              + ", or any if that one is in use).")
  @Nullable Integer port;

  @Option(
      names = {"--out", "-o"},
      paramLabel = "FILE",
      description = "Write the page to this file instead of serving it.")
  @Nullable Path out;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "With --out, include this text through the experts of each model.")
  @Nullable String text;

  @Option(names = "--force", description = "With --out, replace an existing file.")
  boolean force;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Token data in which to find the typical tokens of published checkpoints.")
  @Nullable Path data;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE|bytes",
      description = "Tokenizer of all models (default: each model's own).")
  @Nullable String tokenizer;

  @Override
  public Integer call() throws InterruptedException {
    check();
    RunJson json = ExtensionOptions.json(spec);
    try (Models models = new Models(json, data, tokenizer)) {
      Api api =
          new Api(
              new Folders(ImmutableList.copyOf(folders)),
              new RunTable(json),
              models,
              Catalog.of(json.extensions()));
      return out == null ? serve(api) : write(api, out);
    }
  }

  private void check() {
    if (out == null && (text != null || force)) {
      throw new UsageException("--text and --force need --out.");
    }
    if (port != null && (out != null || port < 0 || port > 65_535)) {
      throw new UsageException(
          out != null
              ? "Give one of --port and --out."
              : "--port must be 0 to 65535, not " + port + ".");
    }
  }

  private int write(Api api, Path file) {
    Outputs.requireFile(file, force);
    if (Files.exists(file) && !file.toString().endsWith(".html")) { // such as a file of the run
      throw new UsageException(
          "%s is not an HTML file, so --force does not replace it; choose another file."
              .formatted(file));
    }
    ReportPage.write(api, file, text == null ? "" : text);
    spec.commandLine().getOut().printf("report: %s%n", file);
    return 0;
  }

  private int serve(Api api) throws InterruptedException {
    try (ViewServer server = start(api)) {
      PrintWriter printed = spec.commandLine().getOut();
      printed.printf("%s%n", server.address());
      printed.flush();
      new CountDownLatch(1).await(); // until the process is asked to end
      return 0;
    }
  }

  private ViewServer start(Api api) {
    if (port != null) {
      return ViewServer.start(api, port);
    }
    try {
      return ViewServer.start(api, PORT);
    } catch (IllegalArgumentException e) {
      return ViewServer.start(api, 0);
    }
  }
}
