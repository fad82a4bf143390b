package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the overview and help of the command line. */
class OverviewTest {
  @Test
  void everyCommandIsInAGroup() {
    assertEquals(List.of(), Overview.ungrouped(Main.commandLine()));
  }

  @Test
  void printsAnOverviewWithoutACommand() {
    Run run = Run.of();
    assertEquals(0, run.code());
    for (String command : Main.commandLine().getSubcommands().keySet()) {
      assertTrue(run.out().contains("  " + command + " "), command);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "--help", "presets", "presets --routers", "experiment list", "train --help"})
  void outputFitsEightyColumns(String command) {
    Run run = Run.of(command.isEmpty() ? new String[0] : command.split(" "));
    assertEquals(0, run.code(), run.err());
    run.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @ParameterizedTest
  @CsvSource({"trian, train", "evalute, evaluate", "inspekt, inspect"})
  void suggestsCommandsForTypos(String typed, String meant) {
    Run run = Run.of(typed);
    assertEquals(2, run.code());
    assertEquals(
        "Unknown command '%s', did you mean %s?; see jmoe --help.".formatted(typed, meant),
        run.err().strip());
  }
}
