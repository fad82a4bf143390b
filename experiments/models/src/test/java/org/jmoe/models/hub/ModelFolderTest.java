package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jmoe.data.formats.TokenData;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.EvaluatedRows;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Detection of runs and published checkpoints, and their common properties. */
final class ModelFolderTest {
  private static final RunJson JSON = RunJson.standard();

  @TempDir Path folder = Path.of("");

  private static String errorMessage(Path path) {
    return Errors.message(ConfigException.class, () -> ModelFolder.of(path, JSON));
  }

  @Test
  void foldersAreRunsOrPublishedCheckpoints() throws IOException {
    assertTrue(errorMessage(folder.resolve("none")).contains("does not exist"));
    assertTrue(errorMessage(folder).contains("it has no run.json and no config.json"));
    Files.writeString(folder.resolve("config.json"), "{}");
    assertInstanceOf(ModelFolder.Published.class, ModelFolder.of(folder, JSON));
    assertTrue(
        Errors.message(ConfigException.class, () -> ModelFolder.trained(folder, JSON))
            .contains("is a published checkpoint"));
    Files.writeString(folder.resolve("run.json"), "{}"); // a run may contain its export
    assertInstanceOf(ModelFolder.Trained.class, ModelFolder.of(folder, JSON));
    assertTrue(
        Errors.message(ConfigException.class, () -> ModelFolder.published(folder, JSON))
            .contains("jmoe export " + folder));
  }

  @Test
  void runReportsDataStepsAndTokenizer() {
    Path data = TinyRuns.corpus(folder);
    RunConfig config =
        TinyRuns.config(data, "training.checkpoint.every=2", "training.checkpoint.keep=4");
    Path run = folder.resolve("run");
    Run.of(config).execute(run);
    try (OpenedModel opened = ModelFolder.of(run, JSON).open(ModelChange.none())) {
      assertEquals(run, opened.folder());
      assertEquals(List.of(2L, 4L), opened.steps());
      assertEquals(4, opened.step());
      opened.use(2);
      assertEquals(2, opened.step());
      assertEquals(Optional.empty(), opened.tokenizer()); // a vocabulary of 16 is not bytes
      assertEquals(data.toString(), opened.evaluation(null).data().place());
      assertEquals(
          new EvaluatedRows.HeldOut(config.data().validation(), config.seed()),
          opened.evaluation(null).rows());
      assertEquals(new EvaluatedRows.All(), opened.evaluation(TokenData.open(data)).rows());
      assertEquals(16, opened.evaluation(TokenData.open(data)).sequence());
    }
  }
}
