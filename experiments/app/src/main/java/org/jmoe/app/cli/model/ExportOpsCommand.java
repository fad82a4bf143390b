package org.jmoe.app.cli.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.io.Outputs;
import org.jmoe.tensor.Ops;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the script module. */
@Command(
    name = "export-ops",
    description =
        "Writes the tensor operations as a TorchScript archive that any PyTorch can load and time.",
    mixinStandardHelpOptions = true)
public final class ExportOpsCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The archive to write.")
  Path file = Path.of("");

  @Option(names = "--force", description = "Replace an existing file.")
  boolean force;

  @Override
  public Integer call() throws IOException {
    Outputs.requireFile(file, force);
    Ops.export(file);
    return 0;
  }
}
