package org.jmoe.app.cli.train;

import java.io.PrintWriter;
import java.util.stream.Collectors;
import org.jmoe.app.cli.option.NamedLines;
import org.jmoe.extension.Extensions;
import org.jmoe.routing.preset.RouterPreset;

/** Formats the list of router presets. */
final class RouterPresetText {
  private static final int INDENT = 24;

  private RouterPresetText() {}

  /** Prints each preset with its paper, its fields and their defaults. */
  static void print(Extensions extensions, PrintWriter out) {
    for (RouterPreset preset : extensions.values(RouterPreset.class).values()) {
      NamedLines.print(out, preset.name(), INDENT, preset.paper());
      String fields =
          preset.defaults().numbers().entrySet().stream()
              .map(field -> field.getKey().key() + "=" + field.getKey().text(field.getValue()))
              .collect(Collectors.joining(" "));
      NamedLines.print(out, "", INDENT, fields.isEmpty() ? "no fields" : fields);
    }
  }
}
