package org.jmoe.training.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.io.safetensors.SafetensorsWriter;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.io.safetensors.Widening;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;

/** Saves and loads model parameters by name. */
public final class Checkpoint {
  /** Name of the weights file in a checkpoint. */
  public static final String MODEL = "model.safetensors";

  private static final long CHUNK = 1 << 22; // elements

  private Checkpoint() {}

  /** Saves only the parameters, as checkpoint {@code step-N}. */
  public static void save(Block model, Path checkpoints, long step) {
    new CheckpointStore(checkpoints)
        .save(
            step,
            files ->
                files.add(
                    MODEL,
                    channel -> SafetensorsWriter.write(SplitArray.parameters(model), channel)));
  }

  /** Returns the weights file of the newest valid checkpoint, if any. */
  public static Optional<Path> latest(Path checkpoints) {
    return new CheckpointStore(checkpoints).newest(sentence -> {}).map(c -> c.file(MODEL));
  }

  /**
   * Loads the newest valid checkpoint. Safe to call while a run writes checkpoints to the same
   * folder.
   *
   * @param log receives a message for each newer, invalid checkpoint
   * @return step of the checkpoint; empty if there is none
   */
  public static OptionalLong loadLatest(
      Block model, Path checkpoints, NDManager manager, Consumer<String> log) {
    while (true) {
      Optional<SavedCheckpoint> newest = new CheckpointStore(checkpoints).newest(log);
      if (newest.isEmpty()) {
        return OptionalLong.empty();
      }
      try {
        load(model, newest.get().file(MODEL), manager);
        return OptionalLong.of(newest.get().step());
      } catch (UncheckedIOException e) {
        if (Files.exists(newest.get().folder())) {
          throw e;
        }
        // The run has removed it after saving newer ones.
      }
    }
  }

  /**
   * Loads the parameters of an initialized model.
   *
   * @throws DataFormatException if tensor names, shapes or types do not match; the model is not
   *     changed in that case
   */
  public static void load(Block model, Path file, NDManager manager) {
    load(SplitArray.parameters(model), "model", file, manager);
  }

  /** Loads arrays by name; validates all before modifying any. */
  public static void load(List<SplitArray> arrays, String owner, Path file, NDManager manager) {
    try (Safetensors tensors = Safetensors.open(file)) {
      Set<String> known = new HashSet<>();
      for (SplitArray array : arrays) {
        requireLike(tensors.entry(array.name()), array, owner, file);
        known.add(array.name());
      }
      for (String name : tensors.entries().keySet()) {
        if (!known.contains(name)) {
          throw new DataFormatException(
              file, "contains tensor '" + name + "', which the " + owner + " does not have");
        }
      }
      Reader reader = new Reader(tensors, file, manager);
      arrays.forEach(reader::fill);
    }
  }

  private static void requireLike(
      Safetensors.Entry entry, SplitArray array, String owner, Path file) {
    Shape found = new Shape(entry.shape().toArray());
    if (!Arrays.equals(found.getShape(), array.shape().getShape())) {
      throw new DataFormatException(
          file,
          "contains tensor '%s' of shape %s, but the %s needs shape %s"
              .formatted(array.name(), found, owner, array.shape()));
    }
    if (Widening.of(entry.type()) != array.type()) {
      throw new DataFormatException(
          file,
          "contains tensor '%s' of type %s, but the %s needs type %s"
              .formatted(array.name(), entry.type(), owner, array.type()));
    }
  }

  /** Copies tensors in chunks, so that they may have any size and are never in memory twice. */
  private record Reader(Safetensors tensors, Path file, NDManager manager) {
    void fill(SplitArray array) {
      for (SplitArray.Piece piece : array.pieces()) {
        if (piece.rows().isEmpty()) {
          fill(array.name(), piece.array(), 0, 0, piece.array().size());
        } else {
          long width = array.shape().size() / array.shape().get(0);
          for (int i = 0; i < piece.rows().length(); i++) {
            fill(array.name(), piece.array(), i * width, piece.rows().get(i) * width, width);
          }
        }
      }
    }

    /**
     * Copies {@code size} elements of a stored tensor, starting at {@code from}, to {@code array}
     * at {@code to}.
     */
    private void fill(String name, NDArray array, long to, long from, long size) {
      Safetensors.Entry entry = tensors.entry(name);
      int width = entry.type().getNumOfBytes();
      for (long done = 0; done < size; done += CHUNK) {
        int count = (int) Math.min(CHUNK, size - done);
        long first = to + done;
        try (NDManager scope = manager.newSubManager()) {
          NDArray target = NoGrad.get(() -> part(array, first, count, scope)); // (M)
          NDArray source = // (M)
              scope.create(
                  Widening.widen(
                      entry.type(), tensors.bytes(name, (from + done) * width, count * width)),
                  new Shape(count),
                  array.getDataType());
          FusedUpdates.copyAll(List.of(target), List.of(source));
        } catch (ArithmeticException e) {
          throw new DataFormatException(file, "tensor '" + name + "': " + e.getMessage(), e);
        }
      }
    }
  }

  private static NDArray part(NDArray array, long from, int count, NDManager scope) {
    NDArray flat = array.reshape(new Shape(array.size())); // (N)
    flat.attach(scope);
    NDArray part = flat.get(new NDIndex("%d:%d".formatted(from, from + count))); // (M)
    part.attach(scope);
    return part;
  }
}
