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

/** A model's parameters on disk, by the names that the parameters have. */
public final class Checkpoint {
  /** The file of the weights in a checkpoint. */
  public static final String MODEL = "model.safetensors";

  private static final long PART = 1 << 22;

  private Checkpoint() {}

  /** Saves the parameters alone as the checkpoint {@code step-N}. */
  public static void save(Block model, Path checkpoints, long step) {
    new CheckpointStore(checkpoints)
        .save(
            step,
            files ->
                files.add(
                    MODEL,
                    channel -> SafetensorsWriter.write(SplitArray.parameters(model), channel)));
  }

  /** The parameters of the newest checkpoint that is complete and verified, if there is any. */
  public static Optional<Path> latest(Path checkpoints) {
    return new CheckpointStore(checkpoints).newest(sentence -> {}).map(c -> c.file(MODEL));
  }

  /**
   * Loads the newest checkpoint that is complete and verified, while a run may go on beside.
   *
   * @param told hears of newer checkpoints that are broken
   * @return its step; empty when there is none
   */
  public static OptionalLong loadLatest(
      Block model, Path checkpoints, NDManager manager, Consumer<String> told) {
    while (true) {
      Optional<SavedCheckpoint> newest = new CheckpointStore(checkpoints).newest(told);
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
        // The run has newer ones by now and removed it.
      }
    }
  }

  /**
   * Loads the parameters of an initialised model.
   *
   * @throws DataFormatException when a tensor is missing, of another shape, or left over; the model
   *     is then as it was
   */
  public static void load(Block model, Path file, NDManager manager) {
    load(SplitArray.parameters(model), "model", file, manager);
  }

  /** Loads arrays by name; checks all before it changes any. */
  public static void load(List<SplitArray> arrays, String whose, Path file, NDManager manager) {
    try (Safetensors tensors = Safetensors.open(file)) {
      Set<String> known = new HashSet<>();
      for (SplitArray array : arrays) {
        requireLike(tensors.entry(array.name()), array, whose, file);
        known.add(array.name());
      }
      for (String name : tensors.entries().keySet()) {
        if (!known.contains(name)) {
          throw new DataFormatException(
              file, "holds tensor '" + name + "', unknown to the " + whose);
        }
      }
      Reader reader = new Reader(tensors, file, manager);
      arrays.forEach(reader::fill);
    }
  }

  private static void requireLike(
      Safetensors.Entry entry, SplitArray array, String whose, Path file) {
    Shape found = new Shape(entry.shape().toArray());
    if (!Arrays.equals(found.getShape(), array.shape().getShape())) {
      throw new DataFormatException(
          file,
          "holds tensor '%s' of shape %s, the %s's is %s"
              .formatted(array.name(), found, whose, array.shape()));
    }
    if (Widening.of(entry.type()) != array.type()) {
      throw new DataFormatException(
          file,
          "holds tensor '%s' of type %s, the %s's is %s"
              .formatted(array.name(), entry.type(), whose, array.type()));
    }
  }

  /** Fills arrays in parts, so that a tensor may have any size and is never in memory twice. */
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

    /** Numbers from, from + 1, .. of a stored tensor to numbers to, to + 1, .. of an array. */
    private void fill(String name, NDArray array, long to, long from, long size) {
      Safetensors.Entry entry = tensors.entry(name);
      int width = entry.type().getNumOfBytes();
      for (long done = 0; done < size; done += PART) {
        int count = (int) Math.min(PART, size - done);
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
