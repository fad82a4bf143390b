package org.jmoe.models.hub;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.tokenizer.EndTokens;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.training.run.EvaluationSpec;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/** A published checkpoint, opened: its model and what its folder says of it. */
public final class HubModel implements OpenedModel {
  private static final int LONGEST = 1024; // tokens read together where nothing else is asked

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
   * @throws org.jmoe.io.DataFormatException when something in it cannot be used; then nothing is
   *     kept
   */
  public static HubModel open(Path folder) {
    return open(folder, ModelChange.none());
  }

  /** Opens a folder with a change of its routing. */
  public static HubModel open(Path folder, ModelChange change) {
    return open(folder, change, ModelFamilies.standard());
  }

  /** Opens a folder of one of some families. */
  public static HubModel open(Path folder, ModelChange change, ModelFamilies families) {
    return HubLoader.open(folder, change, families);
  }

  /**
   * The files that hold a folder's tensors.
   *
   * @throws org.jmoe.io.DataFormatException when one is missing or malformed
   */
  public static List<Path> weightFiles(Path folder) {
    try (HubTensors tensors = HubTensors.open(folder)) {
      return tensors.files().stream().skip(1).toList(); // the first is the configuration
    }
  }

  /** What the folder's configuration says of the model. */
  public HubPlan plan() {
    return plan;
  }

  @Override
  public Path folder() {
    return source.folder();
  }

  /** The families that it was opened with. */
  ModelFamilies families() {
    return source.families();
  }

  /** The type that a parameter had in the files. */
  DataType storedType(String parameter) {
    return stored.getOrDefault(parameter, DataType.FLOAT32);
  }

  /** The {@code model_type}. */
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
          folder() + " is a published checkpoint and names no data; name some by --data");
    }
    return EvaluationSpec.all(other, Math.min(model.spec().context(), LONGEST));
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
        "%s is a published checkpoint; only a run has one of step %d".formatted(folder(), step));
  }

  @Override
  public void useBest() {
    throw new ConfigException(
        folder() + " is a published checkpoint; only a run has several to choose the best of");
  }

  @Override
  public void close() {
    manager.close();
  }
}
