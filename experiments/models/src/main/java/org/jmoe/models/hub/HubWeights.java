package org.jmoe.models.hub;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.OptBoolean;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jmoe.data.tokenizer.EndTokens;
import org.jmoe.extension.Extensions;
import org.jmoe.io.Digests;
import org.jmoe.io.JsonFiles;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.RunWeights;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Weights of a published checkpoint that a run starts from. Includes the complete configuration, so
 * that the trained model can be opened and exported without the checkpoint.
 *
 * @param path folder of the checkpoint, or the {@code model.safetensors} saved by a run that
 *     started from it
 * @param sha256 SHA-256 of its configuration and weights
 * @param config {@code config.json} of the checkpoint
 * @param extensions the extensions that {@code run.json} is read with, which include its family
 */
public record HubWeights(String path, String sha256, ObjectNode config, Extensions extensions)
    implements InitialWeights {
  /** Creates weights after checking that the configuration belongs to a known family. */
  public HubWeights(
      String path,
      String sha256,
      ObjectNode config,
      @JacksonInject(useInput = OptBoolean.FALSE) Extensions extensions) {
    this.path = path;
    this.sha256 = sha256;
    this.config = config;
    this.extensions = extensions;
    plan(path, config, extensions);
  }

  /** Returns the current weights of a folder. */
  public static HubWeights of(Path folder) {
    return of(folder, Extensions.load());
  }

  /** Returns the current weights of a folder of one of the families in {@code extensions}. */
  public static HubWeights of(Path folder, Extensions extensions) {
    HubPlan plan = ModelFamilies.of(extensions).plan(HubConfig.open(folder));
    try (HubTensors tensors = HubTensors.open(folder)) {
      HubLoader.check(plan, tensors);
      return new HubWeights(
          folder.toString(),
          Digests.sha256(tensors.files()),
          JsonFiles.object(folder.resolve("config.json")),
          extensions);
    }
  }

  private static HubPlan plan(String path, ObjectNode config, Extensions extensions) {
    return ModelFamilies.of(extensions).plan(HubConfig.of(Path.of(path, "config.json"), config));
  }

  HubPlan plan() {
    return plan(path, config, extensions);
  }

  @Override
  @JsonIgnore // run.json lists the extensions itself
  public Extensions extensions() {
    return extensions;
  }

  /** Compares path, digest and configuration, but not the extensions. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HubWeights weights
        && path.equals(weights.path)
        && sha256.equals(weights.sha256)
        && config.equals(weights.config);
  }

  @Override
  public int hashCode() {
    return Objects.hash(path, sha256, config);
  }

  @Override
  public ModelSpec architecture() {
    return plan().spec();
  }

  @Override
  public String location() {
    return path;
  }

  @Override
  public void load(LanguageModel model, NDManager manager) {
    Path place = Path.of(path);
    if (Files.isRegularFile(place)) {
      new RunWeights(path, sha256).load(model, manager);
      return;
    }
    try (HubTensors tensors = HubTensors.open(place)) {
      RunWeights.requireSame(tensors.files(), sha256);
      HubLoader.fill(plan(), tensors, model, model.path() + "/");
    }
  }

  @Override
  public Optional<Path> tokenizer() {
    return Optional.of(Path.of(path, "tokenizer.json")).filter(Files::isRegularFile);
  }

  @Override
  public ImmutableSet<Integer> endTokens() {
    Path place = Path.of(path);
    return Files.isDirectory(place) ? EndTokens.of(place) : EndTokens.of(place, config);
  }

  @Override
  public InitialWeights savedIn(Path file) {
    return new HubWeights(file.toString(), RunWeights.of(file).sha256(), config, extensions);
  }

  /** Writes a model trained from these weights as a folder that Transformers can read. */
  public void export(LanguageModel model, HubExport export) {
    ObjectNode own = config.deepCopy();
    own.remove("torch_dtype");
    own.remove("quantization_config");
    own.put("dtype", "float32");
    export.write(model, model.path() + "/", own, ModelFamilies.of(extensions));
    List.of(Path.of(path)).stream().filter(Files::isDirectory).forEach(export::copySideFiles);
  }
}
