package org.jmoe.catalog.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.TrialProvenance;
import org.jmoe.catalog.engine.Verdict;
import org.jmoe.io.Json;
import org.jmoe.training.results.RunDirectory;

/**
 * Report of a finished experiment.
 *
 * @param experiment the experiment
 * @param budget its compute budget
 * @param results outcomes of all trials
 * @param origins provenance of every trial
 * @param checks claims checked against the results
 */
public record ExperimentReport(
    Experiment experiment,
    Budget budget,
    Results results,
    List<TrialProvenance> origins,
    List<Check> checks) {
  private static final ObjectMapper MAPPER = Json.indented();

  /** Copies the lists. */
  public ExperimentReport {
    origins = ImmutableList.copyOf(origins);
    checks = ImmutableList.copyOf(checks);
  }

  /** Reads a folder whose trials have all finished. */
  public static ExperimentReport of(Experiment experiment, ExperimentFolder folder) {
    ExperimentFolder.Content content = folder.content();
    Budget budget = new Budget(content.quick());
    List<String> arms = experiment.arms(budget).stream().map(Arm::name).toList();
    Results results = folder.results(arms, content.seeds());
    List<TrialProvenance> origins =
        arms.stream()
            .flatMap(arm -> results.seeds().stream().map(seed -> folder.origin(arm, seed)))
            .toList();
    return new ExperimentReport(experiment, budget, results, origins, experiment.judge(results));
  }

  /** Returns whether the published result was reproduced. */
  public Verdict verdict() {
    return Verdict.of(checks, budget);
  }

  /** Writes {@code report.md}, {@code results.json} and {@code plots/}. */
  public void write(Path folder) {
    try {
      Files.createDirectories(folder.resolve("plots"));
      List<String> drawn = new ExperimentPlots(folder.resolve("plots")).draw(this);
      RunDirectory.writeText(folder.resolve("report.md"), new ReportText(this, drawn).text());
      RunDirectory.writeText(
          folder.resolve("results.json"), MAPPER.writeValueAsString(numbers()) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the report in " + folder, e);
    }
  }

  /** Writes the measures of every trial and the checks, without series and tables. */
  private Map<String, Object> numbers() {
    Map<String, Object> arms = new LinkedHashMap<>();
    for (String arm : results.arms()) {
      Map<String, Object> seeds = new LinkedHashMap<>();
      results
          .seeds()
          .forEach(seed -> seeds.put("seed-" + seed, results.outcome(arm, seed).measures()));
      arms.put(arm, seeds);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("experiment", experiment.name());
    all.put("quick", budget.quick());
    all.put("verdict", verdict());
    all.put("checks", checks);
    all.put("arms", arms);
    return all;
  }
}
