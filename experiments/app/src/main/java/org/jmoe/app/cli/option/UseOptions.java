package org.jmoe.app.cli.option;

import java.nio.file.Path;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.models.surgery.DataPass;
import org.jmoe.models.surgery.ExpertUse;
import org.jmoe.training.run.OpenedModel;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that select the experts to keep. */
public final class UseOptions {
  @Option(
      names = "--keep",
      required = true,
      paramLabel = "N",
      description = "Number of experts to keep per layer.")
  public int keep;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "PATH",
      description = "File or folder of tokens to measure usage on.")
  Path data = Path.of("");

  @Mixin TokenOptions how = new TokenOptions();

  @Option(
      names = "--sequences",
      paramLabel = "N",
      description = "At most N sequences, spread evenly over the data (default: all).")
  long sequences = Long.MAX_VALUE;

  /** Checks the numbers, before anything is opened. */
  public void check() {
    if (sequences < 1) {
      throw new UsageException("--sequences must be at least 1, not " + sequences + ".");
    }
    if (keep < 1) {
      throw new UsageException("--keep must be at least 1, not " + keep + ".");
    }
  }

  /** Counts. */
  public ExpertUse of(OpenedModel opened, TokenFormats formats) {
    return ExpertUse.of(DataPass.of(opened, how.open(data, formats)).atMost(sequences));
  }
}
