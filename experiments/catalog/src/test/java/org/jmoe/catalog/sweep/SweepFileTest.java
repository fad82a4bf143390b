package org.jmoe.catalog.sweep;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.io.JsonFiles;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SweepFileTest {
  private static final RunJson JSON = RunJson.standard();

  @TempDir Path folder = Path.of("");

  private Sweep sweep(String text) {
    return SweepFile.read(file(text), JSON);
  }

  private Path file(String text) {
    try {
      return Files.writeString(folder.resolve("sweep.json"), text.replace('\'', '"'));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RunConfig config(Arm arm) {
    return ((RunTrial) arm.trial()).config();
  }

  private static List<String> names(Sweep sweep) {
    return sweep.arms(Budget.full()).stream().map(Arm::name).toList();
  }

  @Test
  void aGridHasAllCombinations() {
    Sweep sweep =
        sweep(
            "{'preset': 'smoke', 'seeds': 2, 'set': {'training.steps': 40},"
                + " 'grid': {'model.moe.experts': [4, 8], 'model.moe.router.k': [1, 2]}}");
    assertEquals(
        List.of("experts-4.k-1", "experts-4.k-2", "experts-8.k-1", "experts-8.k-2"), names(sweep));
    assertEquals(2, sweep.seeds());
    RunConfig third = config(sweep.arms(Budget.full()).get(2));
    assertEquals(40, third.training().steps());
    JsonNode tree = JSON.write(third);
    assertEquals(8, tree.findValue("moe").path("experts").asInt());
    assertEquals(1, tree.findValue("router").path("k").asInt());
    assertEquals(20, config(sweep.arms(new Budget(true)).get(0)).training().steps());
  }

  @Test
  void armsMayBeNamed() {
    Sweep sweep =
        sweep(
            "{'preset': 'smoke', 'set': {'training.steps': 40},"
                + " 'arms': {'base': {}, 'long': {'training.steps': 80}}}");
    assertEquals(List.of("base", "long"), names(sweep));
    assertEquals(
        List.of(40, 80),
        sweep.arms(Budget.full()).stream().map(a -> config(a).training().steps()).toList());
  }

  private static List<Double> draws(Sweep sweep, String key) {
    return sweep.variants().stream()
        .map(v -> requireNonNull(v.changes().get(key)).asDouble())
        .toList();
  }

  /** Log-uniform draws have as many values below the geometric mean of the ends as above. */
  @Test
  void randomDrawsFillTheirRanges() {
    String values =
        "'training.optimizer.clip': {'log': [0.01, 100]}, 'model.moe.router.k': {'integer': [1,"
            + " 4]}, 'seed': {'choice': [7, 9]}";
    Sweep sweep =
        sweep("{'preset': 'smoke', 'random': {'count': 200, 'values': {" + values + "}}}");
    List<Double> clips = draws(sweep, "training.optimizer.clip");
    assertTrue(clips.stream().allMatch(c -> c >= 0.01 && c <= 100), clips.toString());
    long below = clips.stream().filter(c -> c < 1).count();
    assertTrue(below > 75 && below < 125, "below " + below); // 3.5 standard deviations
    assertEquals(Set.of(1.0, 2.0, 3.0, 4.0), Set.copyOf(draws(sweep, "model.moe.router.k")));
    assertEquals(Set.of(7.0, 9.0), Set.copyOf(draws(sweep, "seed")));
    assertEquals(200, names(sweep).stream().distinct().count());
    Sweep fewer =
        sweep(
            "{'preset': 'smoke', 'random': {'count': 3, 'values': {'training.optimizer.clip':"
                + " {'log': [0.01, 100]}}}}");
    assertEquals(clips.subList(0, 3), draws(fewer, "training.optimizer.clip"));
  }

  @Test
  void theConfigurationMayBeAFileAndIsKept() throws IOException {
    Sweep preset = sweep("{'preset': 'smoke', 'arms': {'base': {}}}");
    RunConfig base = config(preset.arms(Budget.full()).get(0));
    Files.writeString(folder.resolve("base.json"), JSON.text(JSON.write(base)));
    Path file = file("{'run': 'base.json', 'name': 'mine', 'arms': {'base': {}}}");
    Path kept = folder.resolve("kept.json");
    Files.writeString(kept, JSON.text(SweepFile.complete(file, JSON)));
    Files.delete(folder.resolve("base.json"));
    Sweep again = SweepFile.read(kept, JSON);
    assertEquals("mine", again.name());
    assertEquals(
        config(preset.arms(Budget.full()).get(0)), config(again.arms(Budget.full()).get(0)));
    assertEquals(JsonFiles.object(kept), SweepFile.complete(kept, JSON));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|must",
        "{'arms': {'a': {}}}|needs either a preset or a run",
        "{'preset': 'smoke', 'run': 'x', 'arms': {'a': {}}}|needs either a preset or a run",
        "{'preset': 'smok', 'arms': {'a': {}}}|smok",
        "{'preset': 'smoke'}|needs one of arms, grid and random",
        "{'preset': 'smoke', 'gird': {}, 'arms': {'a': {}}}|did you mean 'grid'?",
        "{'preset': 'smoke', 'arms': {}}|has 0 arms",
        "{'preset': 'smoke', 'arms': {'a': 3}}|has arm a, which must be an object",
        "{'preset': 'smoke', 'seeds': 0, 'arms': {'a': {}}}|must be at least 1",
        "{'preset': 'smoke', 'name': 'A/B', 'arms': {'a': {}}}|lower-case letters",
        "{'preset': 'smoke', 'arms': {'a': {'model.moe.exprts': 4}}}|arm a: unknown key",
        "{'preset': 'smoke', 'arms': {'a': {'model.moe.router.k': 99}}}|arm a: ",
        "{'preset': 'smoke', 'grid': {'seed': 3}}|seed must be a list of values, not 3",
        "{'preset': 'smoke', 'random': {'values': {}}}|random.count must be 1 to 10000",
        "{'preset': 'smoke', 'random': {'count': 1, 'values': {'seed': {'log': [0, 1]}}}}|above 0",
        "{'preset': 'smoke', 'random': {'count': 1, 'values': {'seed': {'lg': [1, 2]}}}}|not 'lg'",
        "{'preset': 'smoke', 'random': {'count': 1, 'values': {'seed': [1, 2]}}}|must be one of",
        "{'run': 'none.json', 'arms': {'a': {}}}|none.json"
      })
  void faultsAreOneSentence(String text, String reason) {
    String message = Errors.message(RuntimeException.class, () -> sweep(text));
    assertTrue(message.contains(reason), message);
  }

  @Test
  void namesAreFolderNames() {
    Sweep sweep =
        sweep(
            "{'preset': 'smoke', 'grid': {'training.precision': ['FLOAT32', 'BFLOAT16'],"
                + " 'training.optimizer.clip': [1, 0.5]}}");
    assertEquals(
        List.of(
            "precision-float32.clip-1",
            "precision-float32.clip-0.5",
            "precision-bfloat16.clip-1",
            "precision-bfloat16.clip-0.5"),
        names(sweep));
    Map<String, String> told =
        sweep.arms(Budget.full()).stream().collect(Collectors.toMap(Arm::name, Arm::description));
    assertEquals(
        "training.precision=\"FLOAT32\", training.optimizer.clip=1",
        told.get("precision-float32.clip-1"));
  }
}
