package org.jmoe.catalog.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.TrialProvenance;
import org.jmoe.catalog.engine.Verdict;
import org.jmoe.training.results.Machine;

/** Writes a report as Markdown, from measured facts only. */
final class ReportText {
  private final ExperimentReport report;
  private final Experiment experiment;
  private final Results results;
  private final List<String> plots;
  private final StringBuilder text = new StringBuilder();

  ReportText(ExperimentReport report, List<String> plots) {
    this.report = report;
    this.experiment = report.experiment();
    this.results = report.results();
    this.plots = plots;
  }

  String text() {
    head();
    verdict();
    numbers();
    differences();
    surprises();
    pictures();
    again();
    return text.toString();
  }

  private void line(String format, Object... arguments) {
    text.append(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments))
        .append('\n');
  }

  private void head() {
    line("# %s: %s", experiment.name(), report.verdict().words());
    line("");
    line("**Question.** %s", experiment.question());
    line("");
    if (!experiment.paper().equals(Paper.NONE)) {
      line("**Published in** %s; %s.", experiment.paper().citation(), experiment.paper().place());
      line("Source of the published numbers below: %s.", experiment.paper().standing());
      line("");
    }
    line("**Set-up.** %s", experiment.setting());
    line("");
  }

  private void verdict() {
    if (report.checks().isEmpty()) {
      return;
    }
    line("## Verdict: %s", report.verdict().words());
    line("");
    line("The criteria were fixed in code before the trials ran.");
    if (report.verdict() == Verdict.QUICK) {
      line("This was a quick run, so the column \"holds\" is not meaningful.");
    }
    line("");
    line("| claim | criterion | measured | holds |");
    line("| --- | --- | --- | --- |");
    for (Check check : report.checks()) {
      line(
          "| %s | %s | %s | %s |",
          check.claim(),
          check.band(),
          check.measured(),
          (check.holds() ? "yes" : "**no**") + (check.gates() ? "" : " (informational)"));
    }
    line("");
  }

  private void numbers() {
    int seeds = results.seeds().size();
    line("## Numbers");
    line("");
    line("Mean ± standard error over %d seed%s%s.", seeds, seeds == 1 ? "" : "s", published());
    line("");
    StringBuilder heads = new StringBuilder("| arm |");
    StringBuilder rule = new StringBuilder("| --- |");
    for (Column column : experiment.columns()) {
      heads.append(' ').append(column.heading()).append(" |");
      rule.append(" ---: |");
      if (!column.published().isEmpty()) {
        heads.append(" published |");
        rule.append(" ---: |");
      }
    }
    line("%s", heads);
    line("%s", rule);
    for (Arm arm : experiment.arms(report.budget())) {
      StringBuilder row = new StringBuilder("| " + arm.name() + " |");
      for (Column column : experiment.columns()) {
        row.append(' ').append(cell(arm.name(), column)).append(" |");
        if (!column.published().isEmpty()) {
          row.append(' ').append(column.published().getOrDefault(arm.name(), "")).append(" |");
        }
      }
      line("%s", row);
    }
    line("");
    for (Arm arm : experiment.arms(report.budget())) {
      line("* `%s`: %s", arm.name(), arm.description());
    }
    line("");
  }

  private String published() {
    return experiment.columns().stream().anyMatch(c -> !c.published().isEmpty())
        ? ", next to the published values"
        : "";
  }

  private String cell(String arm, Column column) {
    return results.has(arm, column.measure())
        ? results.of(arm, column.measure()).text(column.digits())
        : "";
  }

  private void differences() {
    Column column = experiment.columns().get(0);
    List<String> arms =
        results.arms().stream().filter(a -> results.has(a, column.measure())).toList();
    if (arms.size() < 2 || results.seeds().size() < 2) {
      return;
    }
    String first = arms.get(0);
    line("## Paired differences of %s from `%s`", column.heading(), first);
    line("");
    line("| arm | difference | min | max |");
    line("| --- | ---: | ---: | ---: |");
    int digits = column.digits() + 1;
    String number = "%." + digits + "f";
    for (String arm : arms.subList(1, arms.size())) {
      var difference = results.difference(arm, first, column.measure());
      line(
          "| %s | %s | " + number + " | " + number + " |",
          arm,
          difference.text(digits),
          difference.min(),
          difference.max());
    }
    line("");
  }

  private void surprises() {
    List<String> facts = new Discrepancies(experiment, results).facts();
    line("## Notable");
    line("");
    facts.forEach(fact -> line("* %s", fact));
    if (facts.isEmpty()) {
      line("Nothing: the arms rank as published wherever values were published.");
    }
    line("");
  }

  private void pictures() {
    if (plots.isEmpty()) {
      return;
    }
    line("## Plots");
    line("");
    plots.forEach(name -> line("![%s](plots/%s)", name.replace(".png", ""), name));
    line("");
  }

  private void again() {
    line("## Reproduce");
    line("");
    line("```");
    String seeds = results.seeds().size() == experiment.seeds() ? "" : seedsOption();
    line("%s%s%s", experiment.command(), report.budget().quick() ? " --quick" : "", seeds);
    line("```");
    line("");
    String commits =
        report.origins().stream()
            .map(o -> o.code().commit() + (o.code().dirty() ? " with local changes" : ""))
            .distinct()
            .collect(Collectors.joining(", "));
    Machine machine = report.origins().get(0).machine();
    line(
        "The trials took %.0f single-threaded process minutes with commit %s on %s, Java %s, DJL"
            + " %s, PyTorch %s. The machine was also running other work.",
        report.origins().stream().mapToDouble(TrialProvenance::seconds).sum() / 60,
        commits,
        machine.cpu(),
        machine.java(),
        machine.djl(),
        machine.libtorch());
  }

  private String seedsOption() {
    return report.budget().seeds(experiment.seeds()) == results.seeds().size()
        ? ""
        : " --seeds " + results.seeds().size();
  }
}
