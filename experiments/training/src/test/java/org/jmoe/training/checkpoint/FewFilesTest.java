package org.jmoe.training.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.ChildJvm;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FewFilesTest {
  @TempDir Path folder = Path.of("");

  @Test
  void openFileLimitKeepsTheEarlierCheckpoint() throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "skipped: needs /bin/sh");
    Path text = folder.resolve("text");
    Process process =
        ChildJvm.builder(
                List.of("/bin/sh", "-c", "ulimit -n 256 && exec \"$@\"", "sh"),
                FewFiles.class,
                List.of(),
                folder.resolve("run").toString())
            .redirectOutput(text.toFile())
            .redirectErrorStream(true)
            .start();
    assertEquals(0, process.waitFor());
    assertEquals(
        List.of("refused: Too many open files", "then 1", "finally 2"), Files.readAllLines(text));
  }
}
