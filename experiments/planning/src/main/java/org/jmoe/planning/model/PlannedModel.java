package org.jmoe.planning.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.Nearest;
import org.jspecify.annotations.Nullable;

/**
 * The model to plan for.
 *
 * @param sizes its sizes
 * @param sequence default sequence length
 * @param tokens default tokens per step
 * @param published parameter counts as published; null for a custom model
 */
public record PlannedModel(
    ArchitectureSizes sizes, int sequence, long tokens, @Nullable Published published) {
  private static final int SEQUENCE = 4096;
  private static final long TOKENS = 1L << 22;

  /** Returns a published model. */
  public static PlannedModel of(NamedArchitecture named) {
    return new PlannedModel(named.sizes(), named.sequence(), TOKENS, named.published());
  }

  /**
   * Returns the model identified by a name, a run folder or its {@code run.json}, or a folder with
   * the {@code config.json} of a published model.
   *
   * @throws ConfigException if it is none of these
   */
  public static PlannedModel of(String text, RunJson json) {
    Path path = Path.of(text);
    if (NamedArchitectures.find(text).isPresent()) {
      return of(NamedArchitectures.find(text).get());
    }
    if (Files.isRegularFile(path)) {
      return trained(path, json);
    }
    if (Files.isDirectory(path)) {
      return of(ModelFolder.of(path, json), json);
    }
    List<String> names = NamedArchitectures.all().stream().map(NamedArchitecture::name).toList();
    throw new ConfigException(
        "unknown model, file or folder '%s'%s Run jmoe plan --list for the known models"
            .formatted(text, Nearest.question(text, names)));
  }

  private static PlannedModel of(ModelFolder folder, RunJson json) {
    if (folder instanceof ModelFolder.Trained) {
      return trained(folder.path().resolve("run.json"), json);
    }
    Path path = folder.path();
    String name = path.toAbsolutePath().normalize().getFileName().toString();
    return new PlannedModel(ArchitectureSizes.of(name, folder.model()), SEQUENCE, TOKENS, null);
  }

  private static PlannedModel trained(Path file, RunJson json) {
    RunConfig config = json.read(json.parse(file));
    return new PlannedModel(
        ArchitectureSizes.of(file.toString(), config.model()),
        config.training().sequence(),
        config.training().tokensPerStep(),
        null);
  }
}
