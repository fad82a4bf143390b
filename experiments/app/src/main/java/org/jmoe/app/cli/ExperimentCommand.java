package org.jmoe.app.cli;

import picocli.CommandLine.Command;

/** Groups the commands about experiments. */
@Command(
    name = "experiment",
    description = {
      "Reproduces published experiments at small scale.",
      "",
      "An experiment trains several arms with several seeds, each trial in its own"
          + " single-threaded process, and writes a report. Repeat the command to resume an"
          + " interrupted experiment; finished trials are not repeated."
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
