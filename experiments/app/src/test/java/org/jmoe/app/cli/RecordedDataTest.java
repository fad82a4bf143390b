package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jmoe.io.Json;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** run.json records how data is read, so later commands read the same tokens. */
final class RecordedDataTest {
  @TempDir Path folder = Path.of("");
  private Path data = Path.of("");
  private String config = "";
  private String run = "";

  @BeforeEach
  void write() throws IOException {
    RunJson json = TinyRuns.json();
    config = folder.resolve("tiny.json").toString();
    run = folder.resolve("run").toString();
    Files.writeString(Path.of(config), json.text(TinyRuns.tree(folder.resolve("none"), json)));
    data = Files.createDirectories(folder.resolve("data"));
    for (String split : new String[] {"train", "validation", "test"}) {
      SplittableRandom random = new SplittableRandom(split.hashCode());
      ByteBuffer bytes = ByteBuffer.allocate(4 * 900).order(ByteOrder.LITTLE_ENDIAN);
      random.ints(900, 0, 16).forEach(bytes::putInt); // too small to look like 32 bits
      Files.write(data.resolve(split + ".bin"), bytes.array());
    }
  }

  private static Run ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  @Test
  void recordsSplitsAndTypes() throws IOException {
    String path = data.toString();
    ok("train", config, "--data", path, "--split", "test", "--dtype", "uint32", "--out", run);
    JsonNode source = Json.parse(Path.of(run, "run.json")).at("/data/source");
    assertEquals("uint32", source.path("dtype").asText());
    assertEquals("[\"test\"]", source.path("splits").toString());
    ok("reproduce", run);
    String measured = ok("evaluate", run).out();
    Path all = folder.resolve("all");
    ok("train", config, "--data", data.toString(), "--dtype", "uint32", "--out", all.toString());
    assertNotEquals(digest(Path.of(run)), digest(all));
    Files.delete(Path.of(run, "summary.json"));
    ok("train", "--resume", run);
    assertEquals(measured, ok("evaluate", run).out());
    String held =
        ok("evaluate", run, "--data", data.toString(), "--split", "test", "--dtype", "uint32")
            .out();
    assertTrue(held.contains("over 896 tokens"), held);
  }

  private static String digest(Path folder) {
    return Json.parse(folder.resolve("provenance.json")).path("dataSha256").asText();
  }

  @Test
  void separatorsDelimitDocuments() {
    String path = data.toString();
    String mask = "model.documentMask=true";
    Run none =
        Run.of("train", config, "--data", path, "--dtype", "uint32", "--set", mask, "--out", run);
    assertEquals(2, none.code());
    assertTrue(none.err().contains("specify the token that ends documents"), none.err());
    ok(
        "train",
        config,
        "--data",
        path,
        "--dtype",
        "uint32",
        "--separator",
        "0",
        "--set",
        mask,
        "--out",
        run);
    assertEquals(0, Json.parse(Path.of(run, "run.json")).at("/data/source/separator").asInt(-1));
    ok("reproduce", run);
    Run rejected = Run.of("evaluate", run, "--data", path, "--dtype", "uint32");
    assertEquals(2, rejected.code(), rejected.err());
    assertTrue(rejected.err().contains("the data state no separator"), rejected.err());
    ok("evaluate", run, "--data", path, "--dtype", "uint32", "--separator", "0");
  }

  @Test
  void dataOptionsRequireData() {
    Run rejected = Run.of("train", config, "--split", "test", "--out", run);
    assertEquals(2, rejected.code());
    assertTrue(rejected.err().contains("give --data too"), rejected.err());
    Run type = Run.of("train", config, "--data", data.toString(), "--dtype", "u4", "--out", run);
    assertEquals(2, type.code(), type.err());
    assertTrue(type.err().contains("The type u4 is unknown"), type.err());
  }

  @Test
  void recordsTheSplitsOfABuild() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts"));
    Files.writeString(texts.resolve("train.jsonl"), "{\"text\":\"one\"}\n");
    Files.writeString(texts.resolve("test.jsonl"), "{\"text\":\"two\"}\n");
    String out = folder.resolve("o.arrow").toString();
    ok("data", "build", "--out", out, "--split", "test", texts.toString());
    String metadata = ok("data", "inspect", "--json", out).out();
    assertTrue(metadata.contains("\\\"splits\\\":\\\"test\\\""), metadata);
  }
}
