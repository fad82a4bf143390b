package org.jmoe.app.cli.option;

import java.nio.file.Path;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Options that select a model and override its settings. */
public final class ModelOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command = CommandSpec.create();

  private static final String BEST = "best";

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "A run folder, or a folder with config.json and *.safetensors.")
  public Path folder = Path.of("");

  @Option(
      names = "--checkpoint",
      paramLabel = "N|best",
      description =
          "The checkpoint of step N of a run, or the one of lowest held-out loss (default: the last"
              + " one).")
  @Nullable String checkpoint;

  @Option(
      names = "--ema",
      description = "Use the moving average of the weights, which a run with training.ema keeps.")
  boolean ema;

  @Mixin ChangeOptions changed = new ChangeOptions();

  /** Opens it. */
  public OpenedModel open() {
    long step = checkpoint == null || checkpoint.equals(BEST) ? 0 : step(checkpoint);
    OpenedModel opened =
        ModelFolder.of(folder, ExtensionOptions.json(command, folder)).open(changed.change());
    boolean ready = false;
    try {
      if (BEST.equals(checkpoint)) {
        opened.useBest();
      } else if (checkpoint != null) {
        opened.use(step);
      }
      if (ema) {
        opened.useEma();
      }
      ready = true;
      return opened;
    } finally {
      if (!ready) {
        opened.close();
      }
    }
  }

  private static long step(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new UsageException(
          "--checkpoint is '%s'; give a step such as 100, or %s.".formatted(text, BEST));
    }
  }
}
