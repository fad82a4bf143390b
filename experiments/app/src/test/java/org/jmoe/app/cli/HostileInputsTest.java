package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jmoe.app.cli.HostileInputs.Input;
import org.jmoe.io.ChildJvm;
import org.jmoe.training.results.Machine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hands every {@link HostileInputs hostile input} to the command that reads it, each kind in a
 * process with a heap of 512 MiB, and prints how many were read or refused in a sentence, with the
 * most memory and time.
 */
@Tag("soak")
final class HostileInputsTest {
  private static final String HELD = "held";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run.json",
        "summary.json",
        "checkpoint state and manifest",
        "config.json of a checkpoint",
        "record of training data",
        "token ids",
        "weights",
        "tables of a run",
        "token data",
        "fuzzed token data",
        "fuzzed weights",
        "archives",
        "tokenizers",
        "routes",
        "sizes"
      })
  void held(String kind, @TempDir Path folder) throws IOException, InterruptedException {
    Path report = folder.resolve("report");
    Path output = folder.resolve("output");
    Process child =
        ChildJvm.builder(
                List.of(),
                HostileInputsTest.class,
                List.of("-Xmx512m"),
                kind,
                folder.toString(),
                report.toString())
            .redirectOutput(output.toFile())
            .redirectErrorStream(true)
            .start();
    assertTrue(child.waitFor(30, TimeUnit.MINUTES), kind);
    assertEquals(0, child.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
    List<String> lines = Files.readAllLines(report);
    System.out.println(lines.get(lines.size() - 1));
    assertEquals(1, lines.size(), String.join("\n", lines));
  }

  /** The child: a kind of inputs, a folder, and the file to report to. */
  public static void main(String[] args) throws IOException {
    List<Input> inputs = HostileInputs.in(Path.of(args[1])).of(args[0]);
    StringBuilder report = new StringBuilder();
    int held = 0;
    long most = 0;
    for (Input input : inputs) {
      byte[] before = Files.exists(input.file()) ? Files.readAllBytes(input.file()) : new byte[0];
      byte[] content = input.content().read();
      Files.write(input.file(), content);
      long start = System.nanoTime();
      String outcome = outcome(input);
      most = Math.max(most, System.nanoTime() - start);
      Files.write(input.file(), before);
      if (outcome.equals(HELD)) {
        held++;
      } else {
        report.append(input.what()).append(": ").append(outcome).append('\n');
      }
    }
    report.append(
        String.format(
            Locale.ROOT,
            "| %s | %d | %d | %d MB | %.1f s |%n",
            args[0],
            inputs.size(),
            held,
            Machine.peakRssBytes() >> 20,
            most / 1e9));
    Files.writeString(Path.of(args[2]), report);
    System.exit(0);
  }

  private static String outcome(Input input) {
    Run run = Run.of(input.command().toArray(String[]::new));
    String error = run.err();
    boolean sentence =
        error.lines().filter(line -> !line.startsWith("note: ")).count() <= 1
            && List.of("Exception", "java.", "org.jmoe", "at org", "OutOfMemory", "Cannot invoke")
                .stream()
                .noneMatch(error::contains);
    boolean expected = run.code() == 0 || (run.code() <= 2 && !error.isBlank() && sentence);
    return expected ? HELD : "code " + run.code() + ", " + error.strip();
  }
}
