package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without the JVM flag that Arrow needs, commands report the flag. */
final class MissingFlagTest {
  private static final String FLAG = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  @TempDir Path folder = Path.of("");

  @Test
  void trainingReportsTheFlag() throws IOException, InterruptedException {
    Path data = TinyRuns.corpus(folder);
    Path out = folder.resolve("out");
    String output = jvm(2, "train", "--data", data.toString(), "--out", out.toString());
    assertEquals(1, output.lines().count(), output);
    assertTrue(output.endsWith("start java with the flag " + FLAG + ".\n"), output);
    assertFalse(Files.exists(out));
  }

  @Test
  void doctorReportsTheFlag() throws IOException, InterruptedException {
    String output = jvm(1, "doctor");
    assertTrue(output.contains(FLAG), output);
  }

  /** Returns the output of a new JVM. */
  private static String jvm(int code, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(code, process.waitFor(), output);
    return output;
  }
}
