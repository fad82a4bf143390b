package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.base.Preconditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jmoe.io.JsonFiles;
import org.jmoe.io.Outputs;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.LowRank;
import org.jspecify.annotations.Nullable;

/** Writes models as folders that Transformers can read. */
public final class HubExport {
  private static final long SHARD_BYTES = 5_000_000_000L;
  private static final String NAME =
      "(tokenizer|generation_config|special_tokens|vocab|merges|chat|jmoe_training_data).*";

  private final Path target;
  private final @Nullable DataType type;
  private final long shard;

  /**
   * Creates an export to a folder, which is created and must be empty if it exists.
   *
   * @param type data type of the stored tensors; null to keep the original types
   * @throws IllegalArgumentException if the folder is not empty
   */
  public HubExport(Path target, @Nullable DataType type) {
    this(target, type, SHARD_BYTES);
  }

  HubExport(Path target, @Nullable DataType type, long shard) {
    Outputs.requireNewFolder(target); // before any expensive work
    this.target = target;
    this.type = type;
    this.shard = shard;
  }

  /**
   * Writes a model. A published checkpoint is written unchanged, with its configuration and
   * tokenizer. A run that started from a published checkpoint uses the architecture of that
   * checkpoint. Any other run is written as the first family that describes its model.
   *
   * @param json mapper of runs, whose extensions include the families
   * @param family model type of the family to use; empty for the first that fits
   * @throws IllegalArgumentException if no family can express the model
   */
  public void write(OpenedModel opened, RunJson json, String family) {
    if (opened instanceof HubModel hub) {
      write(hub);
    } else if (opened instanceof LoadedRun run) {
      InitSpec init = run.config().init();
      if (init != null && init.weights() instanceof HubWeights weights) {
        weights.export(run.model(), this);
      } else {
        ModelFamilies families = ModelFamilies.of(json.extensions());
        ObjectNode own = new TrainedExport(families, json).config(run.config().model(), family);
        write(run.model(), run.model().path() + "/", own, families);
      }
      TrainedRows.of(target).and(run.trainedOn()).write(target); // after those of the checkpoint
    } else {
      throw new IllegalArgumentException(
          "Cannot export a %s; export a run or a published checkpoint."
              .formatted(opened.getClass().getSimpleName()));
    }
  }

  /** Writes an opened checkpoint back, with its configuration and tokenizer. */
  public void write(HubModel hub) {
    write(hub, arrays(hub.model(), ""), config -> {});
  }

  /**
   * Writes a checkpoint with changed parameters.
   *
   * @param arrays the parameters by their jmoe names
   * @param change edits the configuration
   */
  public void write(HubModel hub, Map<String, NDArray> arrays, Consumer<ObjectNode> change) {
    Preconditions.checkArgument(
        !hub.family().isPartial(),
        "%s is only the text part of its checkpoint, so it cannot be written back; use the model in"
            + " place",
        hub.plan().modelType());
    create();
    ObjectNode config = JsonFiles.object(hub.folder().resolve("config.json"));
    change.accept(config);
    config.remove("quantization_config"); // packed weights are written unpacked
    setType(config);
    HubPlan plan = hub.families().plan(HubConfig.of(target.resolve("config.json"), config));
    new HubWriter(target, arrays, p -> type == null ? hub.storedType(p) : type, shard)
        .write(plan, config);
    copySideFiles(hub.folder());
  }

  /**
   * Writes a model that was trained with jmoe.
   *
   * @param config its configuration in the published format
   * @param prefix prefix of its parameter names, with a slash
   * @param families the families that include its own
   */
  public void write(LanguageModel model, String prefix, ObjectNode config, ModelFamilies families) {
    create();
    setType(config);
    HubPlan plan = families.plan(HubConfig.of(target.resolve("config.json"), config));
    Map<String, NDArray> arrays = arrays(model, prefix);
    LowRank changes = model.lowRank();
    try (NDManager scope = NDManager.newBaseManager()) {
      Map<String, NDArray> whole = new HashMap<>(); // by full name
      StoredExperts.of(model, "")
          .forEach(
              (name, stack) -> whole.put(name, stack.experts().dequantise(stack.side(), scope)));
      if (changes != null) {
        whole.putAll(changes.merged(whole, scope));
      }
      whole.forEach((name, array) -> arrays.put(name.substring(prefix.length()), array));
      new HubWriter(target, arrays, p -> type == null ? DataType.FLOAT32 : type, shard)
          .write(plan, config);
    }
  }

  private void setType(ObjectNode config) {
    if (type != null) {
      config.remove("torch_dtype");
      config.put("dtype", type == DataType.BFLOAT16 ? "bfloat16" : Ascii.toLowerCase(type.name()));
    }
  }

  private void create() {
    Outputs.requireNewFolder(target);
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + target, e);
    }
  }

  /** Returns the parameters of a model by name, without a prefix. */
  public static Map<String, NDArray> arrays(LanguageModel model, String prefix) {
    Map<String, NDArray> arrays = new HashMap<>();
    for (Parameter parameter : model.getParameters().values()) {
      arrays.put(parameter.getName().substring(prefix.length()), parameter.getArray());
    }
    return arrays;
  }

  /** Copies the tokenizer and related files of a checkpoint. */
  void copySideFiles(Path source) {
    try (Stream<Path> files = Files.list(source)) {
      List<Path> sideFiles =
          files
              .filter(f -> f.getFileName().toString().matches(NAME))
              .filter(Files::isRegularFile)
              .toList();
      for (Path file : sideFiles) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the tokenizer of " + source, e);
    }
  }
}
