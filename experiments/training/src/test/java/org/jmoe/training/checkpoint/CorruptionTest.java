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

/** Whatever happens to a checkpoint's files is noticed. */
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
      byte[] whole = Files.readAllBytes(step.resolve(name));
      for (int length = 0; length < whole.length; length += 512) {
        Files.write(step.resolve(name), Arrays.copyOf(whole, length));
        fault();
      }
      Files.write(step.resolve(name), whole);
    }
  }

  @Test
  void aThousandFlippedBits() throws IOException {
    Random random = new Random(1);
    for (String name : FILES) {
      byte[] whole = Files.readAllBytes(step.resolve(name));
      for (int i = 0; i < 334; i++) {
        byte[] flipped = whole.clone();
        flipped[random.nextInt(whole.length - 1)] ^= (byte) (1 << random.nextInt(8));
        Files.write(step.resolve(name), flipped);
        fault();
      }
      Files.write(step.resolve(name), whole);
    }
  }

  @Test
  void aTailOfZeros() throws IOException {
    byte[] whole = Files.readAllBytes(step.resolve("model.safetensors"));
    Arrays.fill(whole, whole.length - 4096, whole.length, (byte) 0);
    Files.write(step.resolve("model.safetensors"), whole);
    assertTrue(fault().contains("has SHA-256"));
  }

  @Test
  void filesSwappedAddedOrMissing() throws IOException {
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
    assertTrue(fault().contains("in place of"));
  }

  private static void write(Path model, Path state, byte[] content) throws IOException {
    Files.write(state, Files.readAllBytes(model));
    Files.write(model, content);
  }

  @Test
  void aLinkInPlaceOfAFile() throws IOException {
    Path elsewhere = Files.move(step.resolve("state.json"), folder.resolve("elsewhere"));
    Files.createSymbolicLink(step.resolve("state.json"), elsewhere);
    assertTrue(fault().contains("is no file of its own"));
  }

  @Test
  void anotherStepsFolder() throws IOException {
    Path other = folder.resolve("step-8");
    Files.move(step, other);
    String message =
        String.valueOf(
            assertThrows(CheckpointException.class, () -> new SavedCheckpoint(8, other).verify())
                .getMessage());
    assertTrue(message.contains("holds step 7"), message);
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
  void manifestsThatLie(String json) throws IOException {
    String text = json.replace("\"H\"", "\"" + "0".repeat(64) + "\"");
    Files.writeString(step.resolve(Manifest.NAME), text);
    fault();
  }

  @Test
  void aDeepManifest() throws IOException {
    Files.writeString(step.resolve(Manifest.NAME), "[".repeat(100_000));
    fault();
    byte[] large = new byte[2 << 20];
    Arrays.fill(large, (byte) ' ');
    Files.write(step.resolve(Manifest.NAME), large);
    assertTrue(fault().contains("larger than 1 MiB"));
  }

  @Test
  void anotherFormatIsNamed() throws IOException {
    String json = Files.readString(step.resolve(Manifest.NAME), StandardCharsets.UTF_8);
    Files.writeString(step.resolve(Manifest.NAME), json.replace("\"format\":1", "\"format\":2"));
    String fault = fault();
    assertTrue(fault.contains("is of format 2, this jmoe reads 1"), fault);
  }
}
