package org.jmoe.experiments.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jmoe.experiments.data.DataFormatException;
import org.jmoe.tensor.FusedUpdates;

/** A model's parameters on disk, by the names that the parameters have. */
public final class Checkpoint {
  private static final String FILE = "model.safetensors";
  private static final String PREFIX = "step-";

  private Checkpoint() {}

  /** Saves the parameters as {@code step-N/model.safetensors}. */
  public static void save(Block model, Path checkpoints, long step) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.getParameters().values()) {
      arrays.put(parameter.getName(), parameter.getArray());
    }
    Path folder = checkpoints.resolve(PREFIX + step);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + folder, e);
    }
    Safetensors.write(folder.resolve(FILE), arrays);
  }

  /** The file of the latest step, if there is any. */
  public static Optional<Path> latest(Path checkpoints) {
    if (!Files.isDirectory(checkpoints)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(checkpoints)) {
      return folders
          .filter(f -> f.getFileName().toString().matches(PREFIX + "\\d+"))
          .map(f -> f.resolve(FILE))
          .filter(Files::isRegularFile)
          .max(Comparator.comparingLong(Checkpoint::step));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + checkpoints, e);
    }
  }

  private static long step(Path file) {
    return Long.parseLong(
        file.getName(file.getNameCount() - 2).toString().substring(PREFIX.length()));
  }

  /**
   * Loads the parameters of an initialised model.
   *
   * @throws DataFormatException when a tensor is missing, of another shape, or left over; the model
   *     is then as it was
   */
  public static void load(Block model, Path file, NDManager manager) {
    try (Safetensors tensors = Safetensors.open(file);
        NDManager scope = manager.newSubManager()) {
      Map<String, NDArray> loaded = new LinkedHashMap<>();
      List<Parameter> parameters = model.getParameters().values();
      for (Parameter parameter : parameters) {
        loaded.put(parameter.getName(), read(tensors, parameter, file, scope));
      }
      for (String name : tensors.entries().keySet()) {
        if (!loaded.containsKey(name)) {
          throw new DataFormatException(file, "holds tensor '" + name + "', unknown to the model");
        }
      }
      FusedUpdates.copyAll(
          parameters.stream().map(Parameter::getArray).toList(), List.copyOf(loaded.values()));
    }
  }

  private static NDArray read(
      Safetensors tensors, Parameter parameter, Path file, NDManager scope) {
    String name = parameter.getName();
    Safetensors.Entry entry = tensors.entries().get(name);
    if (entry == null) {
      throw new DataFormatException(file, "holds no tensor '" + name + "'");
    }
    long[] shape = entry.shape().toArray();
    if (!Arrays.equals(shape, parameter.getShape().getShape())) {
      throw new DataFormatException(
          file,
          "holds tensor '%s' of shape %s, the model's is %s"
              .formatted(name, new Shape(shape), parameter.getShape()));
    }
    if (entry.type() != parameter.getArray().getDataType()) {
      throw new DataFormatException(
          file,
          "holds tensor '%s' of type %s, the model's is %s"
              .formatted(name, entry.type(), parameter.getArray().getDataType()));
    }
    return scope.create(tensors.bytes(name), new Shape(shape), entry.type());
  }
}
