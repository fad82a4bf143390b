package org.jmoe.app.cli.train;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.NamedLines;
import org.jmoe.training.config.Preset;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the presets. */
@Command(
    name = "presets",
    description = "Lists the preset configurations, or prints one as JSON.",
    mixinStandardHelpOptions = true)
public final class PresetsCommand implements Callable<Integer> {
  private static final int INDENT = 18;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Print this preset as a run.json to start from.")
  @Nullable String name;

  @Option(
      names = "--routers",
      description = "List the published routers with paper, settings and defaults.")
  boolean routers;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (routers) {
      RouterPresetText.print(ExtensionOptions.extensions(spec), out);
      return 0;
    }
    if (name != null) {
      RunJson json = ExtensionOptions.json(spec);
      out.println(json.text(json.write(Presets.named(name).config())).strip());
      return 0;
    }
    for (Preset preset : Presets.all()) {
      NamedLines.print(out, preset.name(), INDENT, preset.description());
    }
    return 0;
  }
}
