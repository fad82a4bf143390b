package org.jmoe.app.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.results.Machine;
import org.jmoe.training.run.OpenedModel;

/**
 * What opening a published checkpoint takes, and the two ways to its bytes in turns: reads at a
 * position into one buffer, as {@link HubModel} reads, and a mapping that is copied from.
 *
 * @param folder of the checkpoint
 * @param files its tensors
 * @param rounds to take minima of
 */
public record LoadBench(ModelFolder folder, List<Path> files, int rounds) {
  private static final int PIECE = 64 << 20;

  /**
   * What was measured.
   *
   * @param fileBytes of the tensors in the files
   * @param heldBytes of the parameters in memory
   * @param peakBytes that the process had at most, over what it had before
   * @param seconds to open the checkpoint
   * @param readSeconds to read all bytes of the files
   * @param mappedSeconds to copy them out of a mapping
   */
  public record Times(
      long fileBytes,
      long heldBytes,
      long peakBytes,
      double seconds,
      double readSeconds,
      double mappedSeconds) {}

  /** Opens the checkpoint first, while the process is small, and reads its files then. */
  public Times run(ModelChange change) {
    Machine.current(); // loads the engine
    long before = Machine.peakRssBytes();
    long start = System.nanoTime();
    long held;
    try (OpenedModel hub = folder.open(change)) {
      held =
          hub.model().getParameters().values().stream()
              .map(parameter -> parameter.getArray())
              .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
              .sum();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long peak = Machine.peakRssBytes() - before;
    ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE).order(ByteOrder.nativeOrder());
    double[] least =
        Turns.minima(rounds, List.of(() -> millis(buffer, false), () -> millis(buffer, true)));
    long bytes = files.stream().mapToLong(LoadBench::bytes).sum();
    return new Times(bytes, held, peak, seconds, least[0] / 1e3, least[1] / 1e3);
  }

  private static long bytes(Path file) {
    try (Safetensors tensors = Safetensors.open(file)) {
      return tensors.entries().values().stream().mapToLong(Safetensors.Entry::bytes).sum();
    }
  }

  private double millis(ByteBuffer buffer, boolean mapped) {
    long start = System.nanoTime();
    for (Path file : files) {
      try (Safetensors tensors = Safetensors.open(file)) {
        tensors.entries().forEach((name, entry) -> read(tensors, name, entry, buffer, mapped));
      }
    }
    return (System.nanoTime() - start) / 1e6;
  }

  private static void read(
      Safetensors tensors,
      String name,
      Safetensors.Entry entry,
      ByteBuffer buffer,
      boolean mapped) {
    for (long at = 0; at < entry.bytes(); at += PIECE) {
      int length = (int) Math.min(PIECE, entry.bytes() - at);
      if (mapped) {
        buffer.clear().put(tensors.mapped(name, at, length));
      } else {
        tensors.bytes(name, at, length, buffer);
      }
    }
  }
}
