package org.jmoe.app.cli.train;

import java.io.PrintWriter;
import org.jmoe.extension.Extensions;
import org.jmoe.routing.preset.RouterPreset;

/** Formats the list of router presets. */
final class RouterPresetText {
  private RouterPresetText() {}

  /** Prints each preset with its paper, its fields and their defaults. */
  static void print(Extensions extensions, PrintWriter out) {
    for (RouterPreset preset : extensions.values(RouterPreset.class).values()) {
      out.printf("%-24s %s%n", preset.name(), preset.paper());
      StringBuilder fields = new StringBuilder();
      preset
          .defaults()
          .numbers()
          .forEach(
              (field, value) ->
                  fields.append(' ').append(field.key()).append('=').append(field.text(value)));
      out.printf("%-24s%s%n", "", fields.isEmpty() ? " no fields" : fields);
    }
  }
}
