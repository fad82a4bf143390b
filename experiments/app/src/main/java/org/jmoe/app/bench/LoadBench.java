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
 * Times opening a published checkpoint, then compares two ways to read its files, interleaved:
 * positional reads into one buffer, as checkpoints are read, and copies from a memory mapping.
 *
 * @param folder folder of the checkpoint
 * @param files its safetensors files
 * @param rounds number of rounds to take minima of
 */
public record LoadBench(ModelFolder folder, List<Path> files, int rounds) {
  private static final int PIECE = 64 << 20;

  /**
   * Sizes in bytes and times in seconds.
   *
   * @param fileBytes size of the tensors in the files
   * @param parameterBytes size of the parameters in memory
   * @param peakBytes growth of peak resident memory while opening
   * @param seconds time to open the checkpoint
   * @param readSeconds time to read all tensor bytes
   * @param mappedSeconds time to copy all tensor bytes from a mapping
   */
  public record Times(
      long fileBytes,
      long parameterBytes,
      long peakBytes,
      double seconds,
      double readSeconds,
      double mappedSeconds) {}

  /** Opens the checkpoint first, while memory use is low, then reads its files. */
  public Times run(ModelChange change) {
    Machine.current(); // loads the engine
    long before = Machine.peakRssBytes();
    long start = System.nanoTime();
    long parameters;
    try (OpenedModel hub = folder.open(change)) {
      parameters =
          hub.model().getParameters().values().stream()
              .map(parameter -> parameter.getArray())
              .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
              .sum();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long peak = Machine.peakRssBytes() - before;
    ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE).order(ByteOrder.nativeOrder());
    double[] minima =
        InterleavedTimer.minima(
            rounds, List.of(() -> millis(buffer, false), () -> millis(buffer, true)));
    long bytes = files.stream().mapToLong(LoadBench::bytes).sum();
    return new Times(bytes, parameters, peak, seconds, minima[0] / 1e3, minima[1] / 1e3);
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
