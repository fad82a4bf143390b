package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
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
import org.jmoe.training.results.TrainedRows;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.LowRank;
import org.jspecify.annotations.Nullable;

/** Models written as folders that Transformers reads. */
public final class HubExport {
  private static final long SHARD = 5_000_000_000L;
  private static final String NAME =
      "(tokenizer|generation_config|special_tokens|vocab|merges|chat|jmoe_training_data).*";

  private final Path target;
  private final @Nullable DataType type;
  private final long shard;

  /**
   * Writes to a folder, which is created and must be empty if it exists.
   *
   * @param type of the stored numbers; null for those that they had
   * @throws IllegalArgumentException when the folder holds anything
   */
  public HubExport(Path target, @Nullable DataType type) {
    this(target, type, SHARD);
  }

  HubExport(Path target, @Nullable DataType type, long shard) {
    Outputs.requireNewFolder(target); // before long work
    this.target = target;
    this.type = type;
    this.shard = shard;
  }

  /**
   * Writes a model: a published checkpoint as it is, with its configuration and tokenizer; a run
   * that started from one, in the terms of that one; any other run by {@link TrainedExport}.
   *
   * @param families that a run may be written as
   * @throws IllegalArgumentException naming what no supported architecture has
   */
  public void write(OpenedModel opened, ModelFamilies families) {
    if (opened instanceof HubModel hub) {
      write(hub);
    } else if (opened instanceof LoadedRun run) {
      InitSpec init = run.config().init();
      if (init != null && init.weights() instanceof HubWeights weights) {
        weights.export(run.model(), this);
      } else {
        TrainedExport.write(run, this, families);
      }
      TrainedRows.of(target).and(run.trainedOn()).write(target); // after those of the checkpoint
    } else {
      throw new IllegalArgumentException(
          "a %s cannot be exported".formatted(opened.getClass().getSimpleName()));
    }
  }

  /** Writes an opened checkpoint back, with its configuration and tokenizer. */
  public void write(HubModel hub) {
    write(hub, arrays(hub.model(), ""), config -> {});
  }

  /**
   * Writes a checkpoint with other parameters.
   *
   * @param arrays its parameters by our names
   * @param change of its configuration
   */
  public void write(HubModel hub, Map<String, NDArray> arrays, Consumer<ObjectNode> change) {
    create();
    ObjectNode config = JsonFiles.object(hub.folder().resolve("config.json"));
    change.accept(config);
    config.remove("quantization_config"); // what was packed is written as plain numbers
    setType(config);
    HubPlan plan = hub.families().plan(HubConfig.of(target.resolve("config.json"), config));
    new HubWriter(target, arrays, p -> type == null ? hub.storedType(p) : type, shard)
        .write(plan, config);
    copySideFiles(hub.folder());
  }

  /**
   * Writes a model that was trained here.
   *
   * @param config what it is in upstream's terms
   * @param prefix of its parameters' names, with a slash
   * @param families that its own is found among
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
              (name, product) ->
                  whole.put(name, product.experts().dequantise(product.side(), scope)));
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

  /** A model's parameters by name, below a prefix. */
  public static Map<String, NDArray> arrays(LanguageModel model, String prefix) {
    Map<String, NDArray> arrays = new HashMap<>();
    for (Parameter parameter : model.getParameters().values()) {
      arrays.put(parameter.getName().substring(prefix.length()), parameter.getArray());
    }
    return arrays;
  }

  /** Copies a checkpoint's tokenizer and the like. */
  void copySideFiles(Path source) {
    try (Stream<Path> files = Files.list(source)) {
      List<Path> beside =
          files
              .filter(f -> f.getFileName().toString().matches(NAME))
              .filter(Files::isRegularFile)
              .toList();
      for (Path file : beside) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the tokenizer of " + source, e);
    }
  }
}
