package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.jmoe.data.formats.Shared;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data files that caused failures in other tools, by case number. */
final class SharedCasesTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "12-datasetdict-as-text | 0 | data build --out {out} {}/txtdict"
            + " | 23 rows (3 held out), 69 tokens",
        "12-datasetdict-as-text | 0 | data build --out {out} {}/txtdict"
            + " | 2 files read, 5 skipped: dataset_dict.json, train/dataset_info.json,",
        "14-json-extension | 0 | data build --out {out} {}/lines.json | 2 rows (0 held out), 6 tok",
        "14-json-extension | 0 | data build --out {out} {}/array.json | 2 rows (0 held out), 6 tok",
        "16-compressed-shards-skipped | 0 | data build --out {out} {}/mixed | 101 rows",
        "17-nan-in-jsonl | 0 | data build --out {out} {}/nan.jsonl | 2 rows (0 held out), 15 tok",
        "19-separator-of-deepseek | 0 | data build --out {out} --tokenizer {}/deepseek.json"
            + " {}/d2.jsonl | separator: <\uFF5Cend\u2581of\u2581sentence\uFF5C> (id 421)",
        "21-llmc-header-of-another-version | 1 | data inspect {}/llmc_v2.bin | version 2",
        "21-llmc-header-of-another-version | 1 | data head {}/llmc_v2.bin | version 2",
        "23-padded-rows | 0 | data inspect --json {}/padded.arrow | \"tokens\" : 5,",
        "24-polars-string-view | 0 | data head {}/polars.arrow"
            + " | {\"ids\":[1,2],\"domain\":\"a\"}",
        "24-polars-string-view | 0 | data head {}/polars.arrow | {\"ids\":[3],\"domain\":\"b\"}",
        "29-lone-surrogate | 0 | data build --out {out} --tokenizer {}/llama3.json {}/s.jsonl"
            + " | 1 rows (0 held out), 13 tok", // a byte-level tokenizer: one token per byte
        "29-lone-surrogate | 0 | data build --out {out} {}/s.jsonl | 1 rows (0 held out), 13 tok",
        "30-uint32-bin | 0 | data inspect --json {}/u32.bin | \"tokens\" : 599,",
        "30-uint32-bin | 0 | data inspect --json --dtype uint16 {}/u32.bin | \"tokens\" : 1198,",
        "31-olmo-npy | 0 | data inspect --json {}/part-0-00000.npy | \"tokens\" : 599,",
        "31-olmo-npy | 0 | data inspect --json {}/tok.npy | \"schema\" : \"uint16\"",
      })
  void readsOrRejects(String name, int code, String line, String expected) {
    Path files = Shared.path("cases/files").resolve(name);
    String arguments =
        line.replace("{out}", folder.resolve("o.arrow").toString()).replace("{}", files.toString());
    Run run = Run.of(arguments.split(" ", -1));
    assertEquals(code, run.code(), run.err());
    String text = code == 0 ? run.out() : run.err();
    assertTrue(text.contains(expected), text);
    assertEquals(code == 0 ? 0 : 1, run.err().lines().count(), run.err());
  }
}
