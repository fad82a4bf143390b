package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Random;

/** Checkpoints with content that depends on the step, so that mixed files are detected. */
final class Numbered {
  private Numbered() {}

  static void save(CheckpointStore store, long step) {
    store.save(
        step,
        files -> {
          files.add("model.safetensors", CheckpointFiles.all(content(step, 20_000)));
          files.add("state.json", CheckpointFiles.all(content(step, 40)));
        });
  }

  private static byte[] content(long step, int size) {
    byte[] random = new byte[size];
    new Random(step).nextBytes(random);
    return Bytes.concat(("step " + step + " ").getBytes(StandardCharsets.UTF_8), random);
  }

  static void assertIntact(SavedCheckpoint found) {
    try {
      assertArrayEquals(
          content(found.step(), 20_000), Files.readAllBytes(found.file("model.safetensors")));
      assertArrayEquals(content(found.step(), 40), Files.readAllBytes(found.file("state.json")));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
