package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.io.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the data commands. */
final class DataCommandTest {
  @TempDir Path folder = Path.of("");

  @BeforeEach
  void writeInputs() throws IOException {
    Files.writeString(folder.resolve("a.txt"), "Hi");
    Files.writeString(folder.resolve("bad.arrow"), "ARROW1 followed by other bytes");
  }

  @Test
  void buildsInspectsAndShowsRows() throws IOException {
    assertEquals(0, Run.of("data", "build", "--out", path("o.arrow"), path("a.txt")).code());
    assertEquals(
        "{\"ids\":[72,105],\"domain\":\"a\"}\n", Run.of("data", "head", path("o.arrow")).out());
    JsonNode report =
        Json.plain().readTree(Run.of("data", "inspect", "--json", path("o.arrow")).out());
    assertEquals(1, report.path("rows").asInt());
    assertEquals(2, report.path("domains").path("a").path("tokens").asInt());
    assertEquals(256, report.path("vocabulary").asInt());
    assertEquals(64, report.path("sha256").asText().length());
    assertTrue(Run.of("data", "inspect", path("o.arrow")).out().contains("Arrow IPC file"));
  }

  @Test
  void buildReportsFilesReadAndSkippedInOneLine() throws IOException {
    Path in = Files.createDirectories(folder.resolve("in/.git"));
    Files.writeString(in.resolve("HEAD"), "ref");
    Files.writeString(folder.resolve("in/README.md"), "# Card");
    Files.writeString(folder.resolve("in/a.json"), "[{\"text\":\"a\"},{\"text\":null}]");
    Files.writeString(folder.resolve("in/b.jsonl"), "{\"text\":\"b\"}\n{\"text\":\n");
    Files.writeString(folder.resolve("in/c.txt"), "c");
    Files.writeString(folder.resolve("in/d.dat"), "d");
    Files.writeString(folder.resolve("in/empty.txt"), "");
    Files.write(folder.resolve("in/e.bin"), new byte[] {1, 0});
    Files.write(folder.resolve("in/f.txt"), new byte[] {(byte) 0xE9, 0});
    Run run = Run.of("data", "build", "--out", path("o.arrow"), path("in"));
    assertEquals(0, run.code(), run.err());
    assertEquals(
        "3 files read, 6 skipped: README.md (a description of the data), empty.txt (empty), d.dat"
            + " (has an unknown format; use --plain-text to read it as one document), .git/"
            + " (hidden), f.txt (not UTF-8 text; convert or remove it), e.bin (token data; see jmoe"
            + " data inspect); 2 malformed records skipped, the first: "
            + path("in")
            + "/a.json has no string in field 'text' at line 1, but null; use one record per text",
        run.out().lines().skip(1).findFirst().orElse(""));
    Run strict =
        Run.of("data", "build", "--strict", "--force", "--out", path("o.arrow"), path("in"));
    assertEquals(1, strict.code());
  }

  @Test
  void aTrainedTokenizerBuildsData() throws IOException {
    Path in = Files.createDirectories(folder.resolve("texts"));
    Files.writeString(in.resolve("a.txt"), "the cat and the hat and the mat");
    Files.writeString(in.resolve("b.txt"), "the bat and the rat");
    Run trained =
        Run.of(
            "data",
            "train-tokenizer",
            "--vocabulary",
            "264",
            "--out",
            path("tokenizer.json"),
            path("texts"));
    assertEquals(0, trained.code(), trained.err());
    assertEquals(
        path("tokenizer.json") + ": 264 tokens, 7 merges\n2 files read, none skipped\n",
        trained.out());
    Run built =
        Run.of(
            "data",
            "build",
            "--tokenizer",
            path("tokenizer.json"),
            "--out",
            path("t.arrow"),
            path("texts"));
    assertEquals(0, built.code(), built.err());
    assertTrue(built.out().contains("separator: <|endoftext|> (id 0)"), built.out());
    assertEquals(
        2,
        Run.of("data", "train-tokenizer", "--out", path("tokenizer.json"), path("texts")).code());
  }

  @Test
  void rowsWithoutDomainPrintNull() throws IOException {
    Files.write(folder.resolve("n.bin"), new byte[] {1, 0, 2, 1});
    assertEquals(
        "{\"ids\":[1,258],\"domain\":null}\n", Run.of("data", "head", path("n.bin")).out());
  }

  @Test
  void tokenizesAndDecodes() {
    assertEquals("[72,105]\n", Run.of("data", "tokenize", "--text", "Hi").out());
    assertEquals(
        "{\"ids\":[72,105],\"decoded\":\"Hi\"}\n",
        Run.of("data", "tokenize", "--json", "--text", "Hi").out());
    assertEquals("Hi\n", Run.of("data", "decode", "[72, 105]").out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 data inspect {}/bad.arrow",
        "1 data head {}/bad.arrow",
        "1 data build --out {}/o.arrow {}/bad.arrow",
        "2 data inspect {}/missing.arrow",
        "2 data inspect {}/a.txt --jsn",
        "2 data inspct {}/a.txt",
        "2 data build {}/a.txt",
        "2 data build --out {}/o.arrow",
        "2 data build --out {}/a.txt {}/a.txt",
        "2 data build --force --out {}/a.txt {}/a.txt",
        "2 data build --force --out {}/../{name}/a.txt {}",
        "2 data build --out {}/o.arrow --validation 2 {}/a.txt",
        "2 data build --out {}/o.arrow --tokenizer {}/none.json {}/a.txt",
        "2 data build --out {}/no/o.arrow {}/a.txt",
        "1 data tokenize --tokenizer {}/a.txt --text x",
        "2 data decode x",
        "2 data synthetic --domains 0 {}/s.arrow"
      })
  void failuresAreOneSentence(String line) throws IOException {
    int code = Integer.parseInt(line.substring(0, 1));
    Run run =
        Run.of(
            line.substring(2)
                .replace("{}", folder.toString())
                .replace("{name}", String.valueOf(folder.getFileName()))
                .split(" ", -1));
    assertEquals(code, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().endsWith(".\n"), run.err());
    assertEquals("", run.out());
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count(), "files were left behind");
    }
  }

  @Test
  void debugAddsTheStackTrace() {
    Run run = Run.of("data", "inspect", "--debug", path("bad.arrow"));
    assertEquals(1, run.code());
    assertTrue(run.err().contains("at org.jmoe"), run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"build", "inspect", "head", "tokenize", "decode", "synthetic", "corpus"})
  void everyCommandPrintsHelp(String command) {
    Run run = Run.of("data", command, "--help");
    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("Usage: jmoe data " + command), run.out());
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
