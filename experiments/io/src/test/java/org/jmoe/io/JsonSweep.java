package org.jmoe.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jmoe.io.JsonMutations.Mutation;

/** Hands a reader every variant of a file, each of which it must read or refuse in a sentence. */
public final class JsonSweep {
  private static final int LEAST_REFUSED = 5; // one in as many: empty, truncated and nested ones

  private JsonSweep() {}

  /**
   * Reads all variants, then the file as it was.
   *
   * @param refusals exceptions that refuse a file
   * @return number of variants
   */
  public static int of(
      Path file, Consumer<Path> reader, List<Class<? extends RuntimeException>> refusals)
      throws IOException {
    JsonNode good = Json.parse(file);
    List<Mutation> all = JsonMutations.of(good);
    List<String> faults = new ArrayList<>();
    int refused = 0;
    for (Mutation mutation : all) {
      Files.write(file, mutation.bytes());
      try {
        reader.accept(file);
      } catch (RuntimeException | Error e) {
        refused++;
        String message = String.valueOf(e.getMessage());
        if (refusals.stream().noneMatch(r -> r.isInstance(e)) || !isSentence(file, message)) {
          faults.add(mutation + ": " + e);
        }
      }
    }
    assertEquals(List.of(), faults, faults.size() + " of " + all.size());
    assertTrue(refused >= all.size() / LEAST_REFUSED, refused + " of " + all.size());
    Files.writeString(file, good.toString());
    reader.accept(file);
    return all.size();
  }

  private static boolean isSentence(Path file, String message) {
    return message.lines().count() == 1
        && message.contains(String.valueOf(file.getFileName()))
        && Stream.of("Exception", "java.", "org.jmoe", "jackson", "`", "null into", "invoke")
            .noneMatch(message::contains);
  }
}
