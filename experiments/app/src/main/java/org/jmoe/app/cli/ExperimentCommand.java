package org.jmoe.app.cli;

import picocli.CommandLine.Command;

/** Groups the commands about experiments. */
@Command(
    name = "experiment",
    description = {
      "Runs published experiments at small scale and says whether their results come out again.",
      "",
      "An experiment trains several arms under several seeds, each trial in a process of its own"
          + " with one thread, and writes a report. What breaks off goes on by the same command;"
          + " what is finished is not repeated."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe experiment list",
      "  jmoe experiment run clusters --quick",
      "  jmoe experiment run clusters --seeds 5 --out runs/clusters",
      "  jmoe experiment report runs/clusters"
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ExperimentList.class,
      ExperimentRunCommand.class,
      ExperimentReportCommand.class,
      ExperimentTrial.class
    })
final class ExperimentCommand {}
