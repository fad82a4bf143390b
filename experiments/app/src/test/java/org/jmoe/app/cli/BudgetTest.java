package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budgets of tokens, FLOPs and time. */
final class BudgetTest {
  private static final int TOKENS = 4 * 16; // per step

  @TempDir Path folder = Path.of("");
  private Path out = Path.of("");

  @BeforeEach
  void write() throws IOException {
    RunJson json = TinyRuns.json();
    out = folder.resolve("run");
    Files.writeString(
        folder.resolve("tiny.json"), json.text(TinyRuns.tree(TinyRuns.corpus(folder), json)));
  }

  private Run train(String... options) {
    List<String> args =
        new ArrayList<>(List.of("train", folder + "/tiny.json", "--out", out.toString()));
    args.addAll(List.of(options));
    return Run.of(args.toArray(String[]::new));
  }

  private JsonNode summary() throws IOException {
    return new ObjectMapper().readTree(out.resolve("summary.json").toFile());
  }

  @Test
  void tokensSetTheSteps() throws IOException {
    Run run = train("--tokens", "2.5e2");
    assertEquals(0, run.code(), run.err());
    assertEquals(3 * TOKENS, summary().get("tokens").longValue());
    assertTrue(Files.readString(out.resolve("run.json")).contains("\"steps\" : 3"));
  }

  @Test
  void flopsSetTheSteps() throws IOException {
    double perToken = TinyRuns.config(Path.of("none")).flopsPerToken();
    Run run = train("--flops", Double.toString(2.01 * TOKENS * perToken));
    assertEquals(0, run.code(), run.err());
    assertEquals(2 * TOKENS * perToken, summary().get("flops").doubleValue(), 1e-3);
    String flops = String.format(Locale.ROOT, "%.2e", 2 * TOKENS * perToken);
    assertTrue(run.out().contains("trained: 128 tokens (" + flops + " FLOPs)"), run.out());
  }

  @Test
  void timeEndsARunThatResumes() throws IOException {
    Run stopped = train("--minutes", "1e-6");
    assertEquals(0, stopped.code(), stopped.err());
    assertTrue(stopped.err().contains("stopped after step 1 and saved"), stopped.err());
    assertFalse(Files.exists(out.resolve("summary.json")));
    Run resumed = Run.of("train", "--resume", out.toString(), "--minutes", "9");
    assertEquals(0, resumed.code(), resumed.err());
    assertEquals(4, summary().get("steps").intValue());
  }

  @Test
  void wrongBudgetsAreRefused() {
    assertTrue(
        train("--tokens", "63").err().contains("--tokens is 63.0, but the first step takes 64.0"));
    assertTrue(train("--tokens", "1e9", "--flops", "1e9").err().contains("give one of them"));
    assertTrue(train("--minutes", "0").err().contains("--minutes must be above 0"));
    Run resumed = Run.of("train", "--resume", out.toString(), "--tokens", "1e6");
    assertEquals(2, resumed.code());
    assertFalse(Files.exists(out));
  }
}
