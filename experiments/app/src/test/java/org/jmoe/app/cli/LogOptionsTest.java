package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogOptionsTest {
  /** Logger whose server is unreachable. */
  private static final String BROKEN =
      """
      import com.fasterxml.jackson.databind.JsonNode;
      import java.nio.file.Path;
      import org.jmoe.training.*;
      import org.jmoe.training.evaluation.Evaluation;
      import org.jmoe.training.log.RunLogger;

      public final class Broken implements RunLogger {
        public String name() { return "broken"; }

        public TrainingListener open(Path run, JsonNode config) {
          return new TrainingListener() {
            public void stepped(StepReport report) {
              throw new IllegalStateException("no server at " + config.at("/training/steps"));
            }

            public void evaluated(long step, Evaluation evaluation) {}
          };
        }
      }
      """;

  @TempDir Path folder = Path.of("");
  private String config = "";
  private String out = "";

  @BeforeEach
  void write() throws IOException {
    RunJson json = TinyRuns.json();
    Path file = folder.resolve("run.json");
    Files.writeString(file, json.text(json.write(TinyRuns.config(TinyRuns.corpus(folder)))));
    config = file.toString();
    out = folder.resolve("out").toString();
  }

  @Test
  void replacedRunsReplaceTheirTensorBoardFiles() throws IOException {
    for (String force : List.of("--log=tensorboard", "--force")) {
      Run trained = Run.of("train", config, "--out", out, "--log", "tensorboard", force);
      assertEquals(0, trained.code(), trained.err());
      try (Stream<Path> files = Files.list(folder.resolve("out/tensorboard"))) {
        assertEquals(1, files.count());
      }
    }
  }

  @Test
  void rejectsUnknownLoggersBeforeTraining() {
    Run trained = Run.of("train", config, "--out", out, "--log", "tensorbord");
    assertEquals(2, trained.code());
    assertEquals(
        "There is no logger 'tensorbord' among tensorboard; did you mean 'tensorboard'?\n",
        trained.err());
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  void failingLoggersDoNotStopTheRun() throws IOException {
    Path source = folder.resolve("Broken.java");
    Files.writeString(source, BROKEN);
    String extend = source.toString();
    Run trained = Run.of("train", config, "--out", out, "--extend", extend, "--log", "broken");
    assertEquals(0, trained.code(), trained.err());
    assertTrue(Files.exists(folder.resolve("out/summary.json")));
  }
}
