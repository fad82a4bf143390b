package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every corruption of a checkpoint's files is detected. */
final class CorruptionTest {
  private static final List<String> FILES =
      List.of("model.safetensors", "state.json", Manifest.NAME);

  @TempDir Path folder = Path.of("");
  private Path step = Path.of("");

  @BeforeEach
  void write() {
    Numbered.save(new CheckpointStore(folder), 7);
    step = folder.resolve("step-7");
    new SavedCheckpoint(7, step).verify();
  }

  private String fault() {
    return String.valueOf(
        assertThrows(CheckpointException.class, () -> new SavedCheckpoint(7, step).verify())
            .getMessage());
  }

  @Test
  void everyTruncation() throws IOException {
    for (String name : FILES) {
      byte[] original = Files.readAllBytes(step.resolve(name));
      for (int length = 0; length < original.length; length += 512) {
        Files.write(step.resolve(name), Arrays.copyOf(original, length));
        fault();
      }
      Files.write(step.resolve(name), original);
    }
  }

  @Test
  void thousandFlippedBits() throws IOException {
    Random random = new Random(1);
    for (String name : FILES) {
      byte[] original = Files.readAllBytes(step.resolve(name));
      for (int i = 0; i < 334; i++) {
        byte[] flipped = original.clone();
        flipped[random.nextInt(original.length - 1)] ^= (byte) (1 << random.nextInt(8));
        Files.write(step.resolve(name), flipped);
        fault();
      }
      Files.write(step.resolve(name), original);
    }
  }

  @Test
  void zeroedTail() throws IOException {
    byte[] original = Files.readAllBytes(step.resolve("model.safetensors"));
    Arrays.fill(original, original.length - 4096, original.length, (byte) 0);
    Files.write(step.resolve("model.safetensors"), original);
    assertTrue(fault().contains("has SHA-256"));
  }

  @Test
  void swappedAddedOrMissingFiles() throws IOException {
    Path model = step.resolve("model.safetensors");
    Path state = step.resolve("state.json");
    byte[] content = Files.readAllBytes(model);
    Files.write(model, Files.readAllBytes(state));
    Files.write(state, content);
    fault();
    write(model, state, content);
    Files.writeString(step.resolve("more.txt"), "x");
    assertTrue(fault().contains("more.txt"));
    Files.delete(step.resolve("more.txt"));
    Files.delete(state);
    assertTrue(fault().contains("instead of"));
  }

  private static void write(Path model, Path state, byte[] content) throws IOException {
    Files.write(state, Files.readAllBytes(model));
    Files.write(model, content);
  }

  @Test
  void linkInsteadOfAFile() throws IOException {
    Path elsewhere = Files.move(step.resolve("state.json"), folder.resolve("elsewhere"));
    Files.createSymbolicLink(step.resolve("state.json"), elsewhere);
    assertTrue(fault().contains("is not a regular file"));
  }

  @Test
  void folderOfAnotherStep() throws IOException {
    Path other = folder.resolve("step-8");
    Files.move(step, other);
    String message =
        String.valueOf(
            assertThrows(CheckpointException.class, () -> new SavedCheckpoint(8, other).verify())
                .getMessage());
    assertTrue(message.contains("contains step 7"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"format\":1,\"step\":7}",
        "{\"format\":1,\"step\":7,\"files\":null}",
        "{\"format\":1,\"step\":7,\"files\":[null]}",
        "{\"format\":1,\"step\":7,\"files\":[],\"more\":1}",
        "{\"format\":1,\"format\":1,\"step\":7,\"files\":[]}",
        "{\"format\":1,\"step\":\"7\",\"files\":[]}",
        "{\"format\":1,\"step\":7.0,\"files\":[]}",
        "{\"format\":1,\"step\":-7,\"files\":[]}",
        "{\"format\":1,\"step\":7,\"files\":[]} {}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"../x.y\",\"bytes\":1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"/x.y\",\"bytes\":1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"C:\\\\x.y\",\"bytes\":1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"a\\u0000.y\",\"bytes\":1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"a.b\",\"bytes\":-1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"a.b\",\"bytes\":1,\"sha256\":\"x\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"a.b\",\"bytes\":1,\"sha256\":\"H\"},{\"name\":\"a.b\",\"bytes\":1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"manifest.json\",\"bytes\":1,\"sha256\":\"H\"}]}",
        "{\"format\":1,\"step\":7,\"files\":[{\"name\":\"a.b\",\"bytes\":1e999,\"sha256\":\"H\"}]}",
      })
  void malformedManifests(String json) throws IOException {
    String text = json.replace("\"H\"", "\"" + "0".repeat(64) + "\"");
    Files.writeString(step.resolve(Manifest.NAME), text);
    fault();
  }

  @Test
  void oversizedManifests() throws IOException {
    Files.writeString(step.resolve(Manifest.NAME), "[".repeat(100_000));
    fault();
    byte[] large = new byte[2 << 20];
    Arrays.fill(large, (byte) ' ');
    Files.write(step.resolve(Manifest.NAME), large);
    assertTrue(fault().contains("larger than 1 MiB"));
  }

  @Test
  void unsupportedFormatIsReported() throws IOException {
    String json = Files.readString(step.resolve(Manifest.NAME), StandardCharsets.UTF_8);
    Files.writeString(step.resolve(Manifest.NAME), json.replace("\"format\":1", "\"format\":2"));
    String fault = fault();
    assertTrue(fault.contains("has format version 2, but this version of jmoe reads 1"), fault);
  }
}
