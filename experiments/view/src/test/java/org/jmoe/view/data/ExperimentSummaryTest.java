package org.jmoe.view.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jmoe.catalog.Catalog;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Grid;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.io.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentSummaryTest {
  @TempDir Path folder = Path.of("");

  private record Made() implements Experiment {
    @Override
    public String name() {
      return "made";
    }

    @Override
    public String question() {
      return "Is a below b?";
    }

    @Override
    public Paper paper() {
      return new Paper("Nobody 2020", "table 1", "made up");
    }

    @Override
    public String setting() {
      return "None.";
    }

    @Override
    public int minutes() {
      return 1;
    }

    @Override
    public int seeds() {
      return 2;
    }

    @Override
    public List<Arm> arms(Budget budget) {
      return List.of(arm("a"), arm("b"));
    }

    private static Arm arm(String name) {
      return new Arm(
          name,
          "the arm " + name,
          (seed, place, extensions, watch) -> {
            throw new UnsupportedOperationException();
          });
    }

    @Override
    public List<Column> columns() {
      return List.of(new Column("nats", "nats", 2, Map.of("a", "1.0")));
    }

    @Override
    public List<Check> judge(Results results) {
      return List.of(
          Check.mean("a is below b", "< 0", results.difference("a", "b", "nats"), 2, d -> d < 0));
    }
  }

  @BeforeEach
  void begin() throws IOException {
    Files.writeString(
        folder.resolve("experiment.json"), "{\"name\":\"made\",\"quick\":false,\"seeds\":2}");
  }

  private void finish(String arm, int seed, double nats) throws IOException {
    Path trial = Files.createDirectories(folder.resolve("arms/" + arm + "/seed-" + seed));
    Outcome outcome =
        new Outcome(
            Map.of("nats", nats),
            Map.of("nats", new Series(List.of(10.0, 20.0), List.of(1.0, 2.0), List.of(3.0, nats))),
            Map.of("load/time", new Grid(List.of("0"), List.of("10"), List.of(List.of(1.5)))));
    Files.writeString(trial.resolve("outcome.json"), Json.plain().writeValueAsString(outcome));
  }

  private ObjectNode summary() {
    return ExperimentSummary.of(
        new Folder("0/", "made", Folder.Kind.EXPERIMENT, folder), new Catalog(List.of(new Made())));
  }

  @Test
  void beforeTheFirstSeedThereIsNoVerdict() throws IOException {
    finish("a", 1, 1);
    ObjectNode node = summary();
    assertEquals("", node.path("error").asText());
    assertEquals(1, node.path("finished").asInt());
    assertEquals(4, node.path("trials").asInt());
    assertEquals(0, node.path("seeds").asInt());
    assertTrue(node.path("verdict").isMissingNode());
    assertEquals(1, node.at("/arms/0/measures/nats/mean").asDouble());
  }

  @Test
  void theVerdictSoFarIsOverTheSeedsOfAllArms() throws IOException {
    finish("a", 1, 1);
    finish("b", 1, 2);
    finish("b", 2, 0);
    ObjectNode node = summary();
    assertEquals(1, node.path("seeds").asInt());
    assertTrue(node.path("provisional").asBoolean());
    assertEquals("reproduced", node.path("verdict").asText());
    assertEquals("-1.00", node.at("/checks/0/measured").asText());
    assertEquals("< 0", node.at("/checks/0/band").asText());
    assertEquals("[2,0]", node.at("/arms/1/measures/nats/values").toString());
    assertTrue(node.at("/arms/1/measures/nats/margin").asDouble() > 10); // t of one degree
    assertEquals("[3,1]", node.at("/series/nats/a/mean").toString());
    assertEquals(1.5, node.path("grids").path("load/time").at("/a/cells/0/0").asDouble());
  }

  @Test
  void allTrialsGiveTheVerdict() throws IOException {
    for (int seed = 1; seed <= 2; seed++) {
      finish("a", seed, 3);
      finish("b", seed, 2);
    }
    ObjectNode node = summary();
    assertFalse(node.path("provisional").asBoolean());
    assertEquals("not reproduced", node.path("verdict").asText());
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    finish("a", 1, 1);
    finish("b", 1, 1);
    Path real = folder.resolve("arms/a/seed-1/outcome.json");
    Files.createSymbolicLink(
        Files.createDirectories(folder.resolve("arms/a/seed-2")).resolve("outcome.json"), real);
    Files.createSymbolicLink(folder.resolve("arms/b/seed-2"), real.getParent());
    assertEquals(2, summary().path("finished").asInt());
  }

  @Test
  void aMalformedOutcomeAndAnUnknownExperimentAreSentences() throws IOException {
    Path trial = Files.createDirectories(folder.resolve("arms/a/seed-1"));
    Files.writeString(trial.resolve("outcome.json"), "{\"measures\":7}");
    assertTrue(
        summary().path("error").asText().contains("outcome.json has measures = 7"),
        summary().toString());
    Files.writeString(
        folder.resolve("experiment.json"), "{\"name\":\"other\",\"quick\":false,\"seeds\":2}");
    assertTrue(summary().path("error").asText().startsWith("unknown experiment 'other'"));
  }
}
