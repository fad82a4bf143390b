package org.jmoe.app.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.base.Splitter;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs all cells of all notebooks in JShell and checks the claim of each notebook. */
final class NotebooksTest {
  private static final Path FOLDER = Path.of("..", "..", "notebooks");

  private static final String PNG = "image/png";
  private static final String WRITE = "run .ci/notebooks --write";

  /** Java condition that must be true after the last cell. */
  private static final Map<String, String> CLAIMS =
      Map.of(
          "01-first-moe", "summary.validationNats() < 0.7 * Math.log(256)",
          "02-what-routers-do", "names.size() > 40 && loads.stream().allMatch(l -> l.size() == 8)",
          "03-write-your-own-router",
              "worst < 1e-6 && Math.abs(slope / Math.sqrt(squared) - 1) < 1e-5",
          "04-balance-and-collapse",
              "summaries.get(\"unbalanced\").loadCv() > 3 * summaries.get(\"balance"
                  + " loss\").loadCv() && summaries.get(\"expert choice\").loadCv() < 1e-6",
          "05-specialisation",
              "((Double) measured.rows().get(1).get(6).value())"
                  + " > 2 * (Double) measured.rows().get(3).get(6).value()",
          "06-arrow-data", "corpora.rows().size() == 3 && summary.validationNats() < 2",
          "07-reading-a-run",
              "spread.get(\"free\").size() == at.size() && table.rows().size() == 2",
          "08-interventions",
              "agree > experts / 2 && strongest.difference() > 2 * strongest.margin()");

  static Stream<String> names() {
    return CLAIMS.keySet().stream().sorted();
  }

  @Test
  void everyNotebookHasAClaim() throws IOException {
    try (var files = Files.list(FOLDER)) {
      List<String> names =
          files
              .map(f -> f.getFileName().toString())
              .filter(n -> n.endsWith(".ipynb"))
              .map(n -> n.replace(".ipynb", ""))
              .sorted()
              .toList();
      assertEquals(CLAIMS.keySet().stream().sorted().toList(), names);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void runs(String name) throws IOException {
    List<JsonNode> cells = code(name);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      Splitter.on(File.pathSeparatorChar)
          .split(System.getProperty("java.class.path"))
          .forEach(shell::addToClasspath);
      // Default imports of Java kernels.
      run(shell, "import java.util.*; import java.io.*; import java.math.*;", "imports");
      for (JsonNode cell : cells) {
        run(shell, source(cell).replaceAll("(?m)^%.*", ""), cell.path("id").asText());
      }
      assertStoredChartsAreDrawn(cells, printed.toString(StandardCharsets.UTF_8));
      String claim = Objects.requireNonNull(CLAIMS.get(name));
      assertEquals("true", run(shell, claim, "claim"), claim + "\n" + printed);
    } finally {
      System.setOut(before);
    }
    assertTrue(printed.size() > 500, "the notebook prints no output");
  }

  /** Otherwise the outputs are older than the code. */
  private static void assertStoredChartsAreDrawn(List<JsonNode> cells, String printed) {
    for (JsonNode cell : cells) {
      for (JsonNode output : cell.path("outputs")) {
        if (output.path("data").has(PNG)) {
          String text = text(output.at("/data/text~1plain"));
          assertTrue(printed.contains(text), () -> text + " is not drawn any more; " + WRITE);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void isStoredWithOutputsAndOrderedIds(String name) throws IOException {
    int number = 0;
    int executed = 0;
    int shown = 0;
    for (JsonNode cell : notebook(name).path("cells")) {
      number++;
      String id = cell.path("id").asText();
      assertEquals("%s-%02d".formatted(name.substring(0, 2), number), id);
      if (cell.path("cell_type").asText().equals("code")) {
        executed++;
        assertEquals(executed, cell.path("execution_count").asInt(), id + " " + WRITE);
        boolean magic = source(cell).contains("%jars");
        assertEquals(number == 2, magic, "magics belong in the first code cell only");
        for (JsonNode output : cell.path("outputs")) {
          check(output, id);
          shown += output.path("data").has("text/html") || output.at("/data").has(PNG) ? 1 : 0;
        }
      }
    }
    assertTrue(shown > 0, "no table and no picture; " + WRITE);
    assertTrue(Files.size(FOLDER.resolve(name + ".ipynb")) < 300_000, "larger than 300 KB");
  }

  private static void check(JsonNode output, String cell) {
    assertTrue(
        List.of("stream", "display_data").contains(output.path("output_type").asText()),
        () -> cell + " has an output of another type: " + output);
    assertFalse(output.path("name").asText().equals("stderr"), cell);
    assertFalse(output.toString().matches(".*(/tmp/|/home/|/root/).*"), cell);
    assertTrue(output.at("/data").path(PNG).asText().length() < 100_000, cell); // 75 KB
  }

  /** Evaluates code statement by statement, as a kernel does, and returns the last value. */
  private static String run(JShell shell, String code, String cell) {
    String value = "";
    CompletionInfo info = shell.sourceCodeAnalysis().analyzeCompletion(code);
    while (info.completeness().isComplete()) {
      for (SnippetEvent event : shell.eval(info.source().strip())) {
        List<String> faults = new ArrayList<>();
        shell.diagnostics(event.snippet()).forEach(d -> faults.add(d.getMessage(null)));
        assertFalse(
            event.status() == Snippet.Status.REJECTED
                || event.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED,
            () -> cell + ": " + event.snippet().source() + "\n" + faults);
        if (event.exception() != null) {
          throw new AssertionError(cell + ": " + event.snippet().source(), event.exception());
        }
        value = event.value() == null ? value : event.value();
      }
      info = shell.sourceCodeAnalysis().analyzeCompletion(info.remaining());
    }
    assertTrue(info.remaining().isBlank(), () -> cell + " ends with an incomplete statement");
    return value;
  }

  private static JsonNode notebook(String name) throws IOException {
    return JsonMapper.builder().build().readTree(FOLDER.resolve(name + ".ipynb").toFile());
  }

  private static List<JsonNode> code(String name) throws IOException {
    return StreamSupport.stream(notebook(name).path("cells").spliterator(), false)
        .filter(cell -> cell.path("cell_type").asText().equals("code"))
        .toList();
  }

  private static String source(JsonNode cell) {
    return text(cell.path("source"));
  }

  /** Returns the text of a string or a list of lines. */
  private static String text(JsonNode lines) {
    StringBuilder text = new StringBuilder(lines.asText());
    lines.forEach(line -> text.append(line.asText()));
    return text.toString();
  }
}
