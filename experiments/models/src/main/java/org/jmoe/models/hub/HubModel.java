package org.jmoe.models.hub;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.tokenizer.EndTokens;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.training.run.EvaluationSpec;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/** A published checkpoint that has been opened: its model and the metadata of its folder. */
public final class HubModel implements OpenedModel {
  private static final int MAX_SEQUENCE = 1024; // default sequence length of evaluations

  private final HubSource source;
  private final HubPlan plan;
  private final LanguageModel model;
  private final NDManager manager;
  private final ImmutableMap<String, DataType> stored;

  HubModel(
      HubSource source,
      HubPlan plan,
      LanguageModel model,
      NDManager manager,
      ImmutableMap<String, DataType> stored) {
    this.source = source;
    this.plan = plan;
    this.model = model;
    this.manager = manager;
    this.stored = stored;
  }

  /**
   * Opens a folder.
   *
   * @throws org.jmoe.io.DataFormatException if it cannot be loaded; no memory stays allocated then
   */
  public static HubModel open(Path folder) {
    return open(folder, ModelChange.none());
  }

  /** Opens a folder with changed settings. */
  public static HubModel open(Path folder, ModelChange change) {
    return open(folder, change, ModelFamilies.standard());
  }

  /** Opens a folder of one of the given families. */
  public static HubModel open(Path folder, ModelChange change, ModelFamilies families) {
    return HubLoader.open(folder, change, families);
  }

  /**
   * Returns the files with the tensors of a folder.
   *
   * @throws org.jmoe.io.DataFormatException if one is missing or malformed
   */
  public static List<Path> weightFiles(Path folder) {
    try (HubTensors tensors = HubTensors.open(folder)) {
      return tensors.files().stream().skip(1).toList(); // the first is the configuration
    }
  }

  /** Returns the model and tensor mapping that the configuration describes. */
  public HubPlan plan() {
    return plan;
  }

  @Override
  public Path folder() {
    return source.folder();
  }

  /** Returns the family of the checkpoint. */
  public ModelFamily family() {
    return Objects.requireNonNull(families().byType().get(plan.modelType()));
  }

  /** Returns the families that the folder was opened with. */
  ModelFamilies families() {
    return source.families();
  }

  /** Returns the type that a parameter had in the files. */
  DataType storedType(String parameter) {
    return stored.getOrDefault(parameter, DataType.FLOAT32);
  }

  /** Returns the {@code model_type}. */
  public String architecture() {
    return plan.modelType();
  }

  @Override
  public LanguageModel model() {
    return model;
  }

  @Override
  public NDManager manager() {
    return manager;
  }

  @Override
  public Optional<String> tokenizer() {
    return Optional.of(folder().resolve("tokenizer.json"))
        .filter(Files::isRegularFile)
        .map(Path::toString);
  }

  @Override
  public ImmutableSet<Integer> endTokens() {
    return EndTokens.of(folder());
  }

  @Override
  public EvaluationSpec evaluation(@Nullable TokenData other) {
    if (other == null) {
      throw new ConfigException(
          folder() + " is a published checkpoint, which has no data of its own; pass --data");
    }
    return EvaluationSpec.all(other, Math.min(model.spec().context(), MAX_SEQUENCE));
  }

  @Override
  public TrainedRows trainedOn() {
    return TrainedRows.of(folder());
  }

  @Override
  public ImmutableList<Long> steps() {
    return ImmutableList.of();
  }

  @Override
  public long step() {
    return 0;
  }

  @Override
  public void use(long step) {
    throw new ConfigException(
        "%s is a published checkpoint, which has no step %d; omit --checkpoint"
            .formatted(folder(), step));
  }

  @Override
  public void useBest() {
    throw new ConfigException(
        folder() + " is a published checkpoint, which has no best step; omit --checkpoint");
  }

  @Override
  public void close() {
    manager.close();
  }
}
