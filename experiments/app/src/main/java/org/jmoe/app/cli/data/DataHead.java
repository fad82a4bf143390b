package org.jmoe.app.cli.data;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.TokenOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.data.formats.TokenData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the first rows. */
@Command(
    name = "head",
    description = {
      "Prints the first rows of a dataset as JSON lines with the fields ids and domain.",
      "",
      "A file without rows, such as nanoGPT's .bin, is one long row. The domain is"
          + " null if there is none, and a list if it changes within a row."
    },
    mixinStandardHelpOptions = true)
final class DataHead implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE|DIR", description = "The dataset.")
  Path path = Path.of("");

  @Mixin TokenOptions options = new TokenOptions();

  @Option(
      names = {"--rows", "-n"},
      defaultValue = "5",
      paramLabel = "N",
      description = "Number of rows (default: 5).")
  long rows;

  @Override
  public Integer call() {
    if (rows < 0) {
      throw new UsageException("--rows is " + rows + "; it must be at least 0.");
    }
    TokenData data = options.open(path, ExtensionOptions.formats(spec));
    PrintWriter out = spec.commandLine().getOut();
    if (rows > 0) {
      data.read(new JsonRows(out, rows));
    }
    out.flush();
    return 0;
  }
}
