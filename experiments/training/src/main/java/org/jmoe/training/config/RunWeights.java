package org.jmoe.training.config;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jmoe.io.Digests;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Weights from a checkpoint of another run.
 *
 * @param file the checkpoint's {@code model.safetensors}
 * @param sha256 SHA-256 of its content
 */
public record RunWeights(String file, String sha256) implements InitialWeights {
  /** Returns the weights in a file, with its current digest. */
  public static RunWeights of(Path file) {
    return new RunWeights(file.toString(), Digests.sha256(List.of(file)));
  }

  @Override
  public @Nullable ModelSpec architecture() {
    return null;
  }

  @Override
  public String location() {
    return file;
  }

  @Override
  public void load(LanguageModel model, NDManager manager) {
    requireSame(List.of(Path.of(file)), sha256);
    Set<Parameter> wanted = Set.copyOf(model.baseParameters());
    Map<String, NDArray> own = new LinkedHashMap<>();
    for (NamedTensor tensor : NamedTensor.of(model)) { // parameter names may repeat
      Parameter parameter = tensor.pieces().get(0).parameter();
      if (wanted.contains(parameter)) {
        own.put(tensor.name(), parameter.getArray());
      }
    }
    Checkpoint.load(SplitArray.all(own), "model", Path.of(file), manager);
  }

  @Override
  public InitialWeights savedIn(Path other) {
    return of(other);
  }

  /**
   * Checks that files have not changed.
   *
   * @throws ConfigException if a file is missing or the digest differs
   */
  public static void requireSame(List<Path> files, String sha256) {
    for (Path each : files) {
      if (!Files.isRegularFile(each)) {
        throw new ConfigException(
            "the initial weights " + each + " are missing; restore the file or change init");
      }
    }
    String found = Digests.sha256(files);
    if (!found.equals(sha256)) {
      throw new ConfigException(
          "the initial weights %s have SHA-256 %s instead of %s; restore the original file or change init"
              .formatted(files.get(0), found, sha256));
    }
  }
}
