package org.jmoe.app.cli;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The commands of jmoe, grouped by task. */
final class Overview {
  private static final ImmutableListMultimap<String, String> GROUPS =
      ImmutableListMultimap.<String, String>builder()
          .putAll(
              "Train", "train", "evaluate", "average", "compare", "reproduce", "plots", "presets")
          .putAll(
              "Look inside",
              "view",
              "routing",
              "trace",
              "knockout",
              "intervene",
              "generate",
              "route")
          .putAll("Compare many configurations", "experiment", "sweep")
          .putAll("Prepare data", "data")
          .putAll("Published checkpoints", "inspect", "logits", "export")
          .putAll("Change models", "upcycle", "distill", "prune", "merge", "split")
          .putAll("Plan and measure", "plan", "bench", "export-ops")
          .putAll("Set up", "doctor", "jupyter", "completion")
          .build();

  private static final int NAME_WIDTH = 13;
  private static final int INDENT = 2;

  private Overview() {}

  /** Groups the list of commands in the help of jmoe. */
  static void install(CommandLine jmoe) {
    jmoe.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Overview::text);
    jmoe.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
  }

  /** Names the commands that no group has. */
  static ImmutableList<String> ungrouped(CommandLine jmoe) {
    return jmoe.getSubcommands().keySet().stream()
        .filter(name -> !GROUPS.containsValue(name))
        .collect(ImmutableList.toImmutableList());
  }

  static String text(Help help) {
    return GROUPS.keySet().stream()
        .map(
            group ->
                System.lineSeparator() + group + ":" + System.lineSeparator() + table(help, group))
        .collect(Collectors.joining());
  }

  private static String table(Help help, String group) {
    int width = help.commandSpec().usageMessage().width();
    TextTable table =
        TextTable.forColumns(
            help.colorScheme(),
            new Column(NAME_WIDTH, INDENT, Column.Overflow.SPAN),
            new Column(width - NAME_WIDTH, INDENT, Column.Overflow.WRAP));
    Map<String, CommandLine> commands = help.commandSpec().subcommands();
    for (String name : GROUPS.get(group)) {
      table.addRowValues(name, clause(requireNonNull(commands.get(name)).getCommandSpec()));
    }
    return table.toString();
  }

  /** What a command does, without what follows the first colon, semicolon or full stop. */
  private static String clause(CommandSpec command) {
    return command.usageMessage().description()[0].split("[:;.](?= |$)", 2)[0];
  }
}
