package org.jmoe.planning.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.models.hub.HubSpec;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.Nearest;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jspecify.annotations.Nullable;

/**
 * A model to plan for.
 *
 * @param sizes what it is
 * @param sequence tokens of a sequence, if nobody says otherwise
 * @param tokens of a step, if nobody says otherwise
 * @param published what its authors counted; null for a model of one's own
 */
public record PlannedModel(
    ArchitectureSizes sizes, int sequence, long tokens, @Nullable Published published) {
  private static final int SEQUENCE = 4096;
  private static final long TOKENS = 1L << 22;

  /** A published model. */
  public static PlannedModel of(NamedArchitecture named) {
    return new PlannedModel(named.sizes(), named.sequence(), TOKENS, named.published());
  }

  /**
   * The model of a name, of a run's folder or its {@code run.json}, or of a folder with a published
   * model's {@code config.json}.
   *
   * @throws ConfigException when it is none of them
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
        "there is no model, file or folder '%s'%s jmoe plan --list shows the models"
            .formatted(text, Nearest.question(text, names)));
  }

  private static PlannedModel of(ModelFolder folder, RunJson json) {
    if (folder instanceof ModelFolder.Trained) {
      return trained(folder.path().resolve("run.json"), json);
    }
    Path path = folder.path();
    String name = path.toAbsolutePath().normalize().getFileName().toString();
    return new PlannedModel(ArchitectureSizes.of(name, HubSpec.of(path)), SEQUENCE, TOKENS, null);
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
