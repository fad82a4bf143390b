package org.jmoe.view.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.engine.Grid;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.engine.Verdict;
import org.jmoe.catalog.report.ArmSeries;
import org.jmoe.io.Json;

/**
 * An experiment as JSON: claims, arms, curves and grids. While trials are running, only seeds that
 * every arm has finished are used, and the verdict is provisional.
 */
public final class ExperimentSummary {
  private static final ObjectMapper MAPPER = Json.plain();

  private final Experiment experiment;
  private final ExperimentFolder folder;
  private final ExperimentFolder.Content content;
  private final Budget budget;
  private final List<Arm> arms;

  private ExperimentSummary(Folder folder, Catalog catalog) {
    this.folder = new ExperimentFolder(folder.path());
    content = this.folder.content();
    experiment = catalog.of(this.folder);
    budget = new Budget(content.quick());
    arms = experiment.arms(budget);
  }

  /** Returns an experiment as JSON; an unreadable folder has an {@code error}. */
  public static ObjectNode of(Folder folder, Catalog catalog) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", folder.id()).put("name", folder.name());
    try {
      new ExperimentSummary(folder, catalog).write(node);
    } catch (RuntimeException e) {
      node.put("error", Sentences.of(e));
    }
    return node;
  }

  private void write(ObjectNode node) {
    node.put("experiment", experiment.name()).put("question", experiment.question());
    node.put("setting", experiment.setting()).put("quick", content.quick());
    node.set("paper", MAPPER.valueToTree(experiment.paper()));
    node.set("columns", MAPPER.valueToTree(experiment.columns()));
    Map<String, Map<Long, Outcome>> done = outcomes();
    int finished = done.values().stream().mapToInt(Map::size).sum();
    int trials = arms.size() * content.seeds();
    node.put("finished", finished).put("trials", trials);
    Results results = complete(done);
    ArrayNode all = node.putArray("arms");
    arms.forEach(arm -> write(all.addObject(), arm, done.getOrDefault(arm.name(), Map.of())));
    node.put("seeds", results.seeds().size());
    if (!results.seeds().isEmpty()) {
      judge(node, results, finished < trials);
      series(node.putObject("series"), results);
      grids(node.putObject("grids"), results);
    }
  }

  private Map<String, Map<Long, Outcome>> outcomes() {
    Map<String, Map<Long, Outcome>> all = new LinkedHashMap<>();
    for (Arm arm : arms) {
      Map<Long, Outcome> seeds = new LinkedHashMap<>();
      for (long seed = 1; seed <= content.seeds(); seed++) {
        Optional<Outcome> outcome =
            isLink(arm, seed) ? Optional.empty() : folder.outcome(arm.name(), seed);
        if (outcome.isPresent()) {
          seeds.put(seed, outcome.get());
        }
      }
      all.put(arm.name(), seeds);
    }
    return all;
  }

  /** Links are skipped, since they may lead out of the folder. */
  private boolean isLink(Arm arm, long seed) {
    Path trial = folder.trial(arm.name(), seed);
    return Stream.of(
            trial.resolve("outcome.json"),
            trial,
            folder.path().resolve("arms").resolve(arm.name()),
            folder.path().resolve("arms"))
        .anyMatch(Files::isSymbolicLink);
  }

  /** Returns the outcomes of the seeds that every arm has finished. */
  private Results complete(Map<String, Map<Long, Outcome>> done) {
    List<Long> seeds =
        LongStream.rangeClosed(1, content.seeds())
            .boxed()
            .filter(seed -> done.values().stream().allMatch(m -> m.containsKey(seed)))
            .toList();
    Map<String, Map<Long, Outcome>> whole = new LinkedHashMap<>();
    done.forEach(
        (arm, outcomes) -> {
          Map<Long, Outcome> kept = new LinkedHashMap<>(outcomes);
          kept.keySet().retainAll(seeds);
          whole.put(arm, kept);
        });
    return new Results(whole);
  }

  private static void write(ObjectNode node, Arm arm, Map<Long, Outcome> outcomes) {
    node.put("name", arm.name()).put("description", arm.description());
    node.put("finished", outcomes.size());
    Map<String, List<Double>> measures = new LinkedHashMap<>();
    for (Outcome outcome : outcomes.values()) {
      outcome
          .measures()
          .forEach((m, v) -> measures.computeIfAbsent(m, k -> new ArrayList<>()).add(v));
    }
    ObjectNode all = node.putObject("measures");
    measures.forEach(
        (name, values) -> {
          Statistic statistic = new Statistic(values);
          ObjectNode of = all.putObject(name);
          number(of, "mean", statistic.mean());
          number(of, "margin", statistic.margin());
          ArrayNode each = of.putArray("values");
          values.forEach(v -> Buckets.add(each, v));
        });
  }

  private static void number(ObjectNode to, String key, double value) {
    if (Double.isFinite(value)) {
      to.put(key, value);
    }
  }

  private void judge(ObjectNode node, Results results, boolean provisional) {
    List<Check> checks;
    try {
      checks = experiment.judge(results);
    } catch (RuntimeException e) { // too few seeds yet for what it compares
      node.put("unjudged", Sentences.of(e));
      return;
    }
    Verdict verdict = Verdict.of(checks, budget);
    node.put("verdict", verdict.words()).put("provisional", provisional);
    node.set("checks", MAPPER.valueToTree(checks));
  }

  private static void series(ObjectNode to, Results results) {
    Set<String> names = new LinkedHashSet<>();
    results.arms().forEach(arm -> names.addAll(first(results, arm).series().keySet()));
    for (String name : names) {
      ArmSeries series = new ArmSeries(results, name);
      ObjectNode ofName = to.putObject(name);
      for (String arm : results.arms()) {
        Series mean = series.mean(arm);
        ObjectNode curve = ofName.putObject(arm);
        numbers(curve.putArray("tokens"), mean.tokens());
        numbers(curve.putArray("seconds"), mean.seconds());
        numbers(curve.putArray("mean"), mean.values());
        ArrayNode error = curve.putArray("error");
        for (int i = 0; i < mean.values().size(); i++) {
          Buckets.add(error, series.error(arm, i));
        }
      }
    }
  }

  private static void numbers(ArrayNode to, List<Double> values) {
    values.forEach(v -> Buckets.add(to, v));
  }

  private static Outcome first(Results results, String arm) {
    return results.outcome(arm, results.seeds().get(0));
  }

  /** Adds the tables of the first seed. */
  private static void grids(ObjectNode to, Results results) {
    for (String arm : results.arms()) {
      Map<String, Grid> grids = first(results, arm).grids();
      grids.forEach((name, grid) -> to.withObject(name(name)).set(arm, tree(grid)));
    }
  }

  /** Returns a JSON pointer to a key with arbitrary characters. */
  private static String name(String key) {
    return "/" + key.replace("~", "~0").replace("/", "~1");
  }

  private static JsonNode tree(Grid grid) {
    return MAPPER.valueToTree(grid);
  }
}
