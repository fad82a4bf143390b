package org.jmoe.experiments.hub;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jmoe.experiments.run.ModelChange;
import org.jmoe.transformer.LanguageModel;

/** A published checkpoint, opened: its model and what its folder says of it. */
public final class HubModel implements AutoCloseable {
  private final Path folder;
  private final HubPlan plan;
  private final LanguageModel model;
  private final NDManager manager;
  private final ImmutableMap<String, DataType> stored;

  HubModel(
      Path folder,
      HubPlan plan,
      LanguageModel model,
      NDManager manager,
      ImmutableMap<String, DataType> stored) {
    this.folder = folder;
    this.plan = plan;
    this.model = model;
    this.manager = manager;
    this.stored = stored;
  }

  /** Whether a folder looks like a published checkpoint. */
  public static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve("config.json"));
  }

  /**
   * Opens a folder.
   *
   * @throws org.jmoe.experiments.data.DataFormatException when something in it cannot be used; then
   *     nothing is kept
   */
  public static HubModel open(Path folder) {
    return HubLoader.open(folder, ModelChange.none());
  }

  /** Opens a folder with a change of its routing. */
  public static HubModel open(Path folder, ModelChange change) {
    return HubLoader.open(folder, change);
  }

  /**
   * The files that hold a folder's tensors.
   *
   * @throws org.jmoe.experiments.data.DataFormatException when one is missing or malformed
   */
  public static List<Path> weightFiles(Path folder) {
    try (HubTensors tensors = HubTensors.open(folder)) {
      return tensors.files().stream().skip(1).toList(); // the first is the configuration
    }
  }

  HubPlan plan() {
    return plan;
  }

  /** Where it was opened. */
  public Path folder() {
    return folder;
  }

  /** The type that a parameter had in the files. */
  DataType storedType(String parameter) {
    return stored.getOrDefault(parameter, DataType.FLOAT32);
  }

  /** The {@code model_type}. */
  public String architecture() {
    return plan.architecture();
  }

  /** The model. */
  public LanguageModel model() {
    return model;
  }

  /** Owns the model's parameters. */
  public NDManager manager() {
    return manager;
  }

  /** The folder's {@code tokenizer.json}, if it has one. */
  public Optional<Path> tokenizer() {
    return Optional.of(folder.resolve("tokenizer.json")).filter(Files::isRegularFile);
  }

  @Override
  public void close() {
    manager.close();
  }
}
