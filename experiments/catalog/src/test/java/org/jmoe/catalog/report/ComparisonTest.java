package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ComparisonTest {
  @TempDir Path folder = Path.of("");

  private Summary run(String name, long seed, String... changes) {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder), changes).withSeed(seed);
    return Run.of(config).execute(folder.resolve(name));
  }

  @Test
  void pairsRunsBySeedAndListsDifferences() {
    double a1 = run("a1", 1).validationNats();
    double a2 = run("a2", 2).validationNats();
    String change = "training.optimizer.rate=0.02";
    double b1 = run("b1", 1, change).validationNats();
    double b2 = run("b2", 2, change).validationNats();
    Comparison comparison =
        Comparison.of(List.of("a1", "a2", "b2", "b1").stream().map(folder::resolve).toList());
    assertEquals(List.of("seed", "training.optimizer.rate"), comparison.differing());
    Map<String, Statistic> paired = comparison.paired();
    assertEquals(1, paired.size());
    assertEquals(List.of(b2 - a2, b1 - a1), paired.values().iterator().next().values());
    String text = comparison.text();
    assertTrue(text.contains("training.optimizer.rate"), text);
    assertTrue(text.contains("over 2 common seeds"), text);
  }

  @Test
  void rejectsNonRuns() {
    run("a", 1);
    assertThrows(
        ConfigException.class,
        () -> Comparison.of(List.of(folder.resolve("a"), folder.resolve("nowhere"))));
  }
}
