package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jmoe.io.ChildJvm;
import org.jmoe.io.DirectoryLock;
import org.jmoe.testing.Errors;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.ResumeTest;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After system faults the last state is kept, and the run resumes. */
final class FaultsTest {
  @TempDir Path folder = Path.of("");

  private RunConfig config(String... changes) {
    String[] all = new String[changes.length + 1];
    all[0] = "training.checkpoint.every=2";
    System.arraycopy(changes, 0, all, 1, changes.length);
    return TinyRuns.config(TinyRuns.corpus(folder), all);
  }

  @Test
  void outOfMemoryInJava() throws IOException {
    // The JVM rejects an array of this length for any heap size.
    survives(OutOfMemoryError.class, () -> assertEquals(0, new long[Integer.MAX_VALUE].length));
  }

  @Test
  void outOfMemoryInTheEngine() throws IOException {
    survives(
        EngineException.class,
        () -> {
          try (NDManager manager = NDManager.newBaseManager()) {
            manager.zeros(new Shape(1L << 44));
          }
        });
  }

  private void survives(Class<? extends Throwable> type, Runnable fault) throws IOException {
    RunConfig config = config();
    Path out = folder.resolve("out");
    assertThrows(type, () -> Run.of(config).execute(out, at(2, fault)));
    Run.of(config).execute(out);
    Run.of(config).execute(folder.resolve("uninterrupted"));
    ResumeTest.assertSameRun(folder.resolve("uninterrupted"), out);
  }

  private static TrainingListener at(int step, Runnable fault) {
    return new TrainingListener() {
      @Override
      public void stepped(StepReport report) {
        if (report.step() == step) {
          fault.run();
        }
      }

      @Override
      public void evaluated(long evaluated, Evaluation evaluation) {}
    };
  }

  @Test
  void rejectsASecondWriter() throws IOException {
    Path out = folder.resolve("out");
    RunConfig config = config();
    try (DirectoryLock lock = RunDirectory.lock(out)) {
      String message =
          Errors.message(ConfigException.class, () -> Run.of(config).execute(lock.folder()));
      assertTrue(message.startsWith("another process is writing to "), message);
    }
    Files.createFile(out.resolve(DirectoryLock.NAME)); // as left by an interrupted start
    Run.of(config).execute(out);
  }

  @Test
  void reportsAReadOnlyFolderInOneSentence() throws IOException, InterruptedException {
    Path out = Path.of("/proc/jmoe");
    Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc")), "skipped: no /proc");
    assertEquals(1, train(List.of(), out));
    assertTrue(errors().startsWith("Cannot create /proc/jmoe: "), errors());
    assertEquals(1, errors().lines().count(), errors());
  }

  /** Trains on a file system that is too small for a second checkpoint. */
  @Test
  void aFullDiskKeepsThePreviousCheckpoint() throws IOException, InterruptedException {
    Path mount = Files.createDirectory(folder.resolve("small"));
    List<String> small =
        List.of(
            "unshare",
            "-rm",
            "sh",
            "-c",
            "mount -t tmpfs -o size=260k none "
                + mount
                + " || exit 99; \"$@\"; code=$?; ls "
                + mount
                + "/out/checkpoints >"
                + folder.resolve("left")
                + "; exit $code",
            "sh");
    int code = train(small, mount.resolve("out"));
    Assumptions.assumeTrue(code != 99 && code != 127, "skipped: cannot mount a tmpfs");
    assertEquals(1, code, errors());
    assertTrue(errors().contains("No space left on device"), errors());
    List<String> left = Files.readAllLines(folder.resolve("left"));
    assertTrue(!left.isEmpty() && left.stream().allMatch(l -> l.matches("step-\\d+")), left + "");
  }

  private int train(List<String> before, Path out) throws IOException, InterruptedException {
    Path file = folder.resolve("config.json");
    RunJson json = TinyRuns.json();
    Files.writeString(file, json.text(json.write(config("training.steps=40"))));
    Process process;
    try {
      process =
          ChildJvm.builder(
                  before, Main.class, List.of(), "train", file.toString(), "--out", out.toString())
              .redirectError(folder.resolve("errors").toFile())
              .redirectOutput(folder.resolve("text").toFile())
              .start();
    } catch (IOException e) {
      return 127; // unshare is not installed
    }
    assertTrue(process.waitFor(100, TimeUnit.SECONDS));
    return process.exitValue();
  }

  private String errors() throws IOException {
    return Files.readString(folder.resolve("errors"));
  }
}
