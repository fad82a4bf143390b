package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.node.POJONode;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jmoe.extension.Extensions;
import org.jmoe.io.ChildJvm;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Digests;
import org.jmoe.io.DirectoryLock;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.testing.Errors;
import org.jmoe.training.DivergedException;
import org.jmoe.training.StepReport;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.RunWeights;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunFiles;
import org.jmoe.training.results.RunOutput;
import org.jmoe.training.results.RunStart;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --force} deletes only the run it replaces, and only once a new run has started. */
final class ReplacementTest {
  @TempDir Path folder = Path.of("");
  private Path data = Path.of("");
  private Path out = Path.of("");

  @BeforeEach
  void trainOnce() {
    data = TinyRuns.corpus(folder);
    out = folder.resolve("out");
    Run.of(TinyRuns.config(data)).execute(out);
  }

  private static Execution force() {
    return Execution.plain().withForce(true);
  }

  /** Returns the digest of every file in a folder, except the lock. */
  private static Map<String, String> content(Path root) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(f -> !f.endsWith(DirectoryLock.NAME)).toList()) {
        boolean isFile = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        content.put(
            root.relativize(file).toString(),
            isFile ? MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString() : "");
      }
    }
    return content;
  }

  @Test
  void replacesAllFilesOfARun() throws IOException {
    Map<String, String> before = content(out);
    Files.createDirectories(out.resolve("routing"));
    Files.writeString(out.resolve("plots/load.png"), "drawn");
    Files.writeString(out.resolve("routing/layers.arrow"), "analysed");
    Files.writeString(out.resolve(".metrics.arrow.123.tmp"), "interrupted");
    Run.of(TinyRuns.config(data)).execute(out, force());
    assertEquals(before.keySet(), content(out).keySet());
    assertEquals(
        before.get("checkpoints/step-4/model.safetensors"),
        content(out).get("checkpoints/step-4/model.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "thesis.tex",
        "src/a.py",
        ".git/config",
        "Run.json",
        "run.json.bak",
        "plots/mine.png",
        "plots/deep/loss.png",
        "checkpoints/best/model.safetensors",
        "checkpoints/step-4/notes.txt",
        "other-run/run.json",
        ".removed/plots/mine.png"
      })
  void rejectsFoldersWithOtherFiles(String name) throws IOException {
    Path file = out.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");
    Map<String, String> before = content(out);
    String message =
        Errors.message(
            ConfigException.class, () -> Run.of(TinyRuns.config(data)).execute(out, force()));
    assertTrue(message.contains("contains files that are not part of a run ("), message);
    assertTrue(name.startsWith(message.replaceAll(".*\\((.*)\\).*", "$1")), message);
    assertEquals(before, content(out));
  }

  @Test
  void replacesUnchangedCopiesOfExtensionsOnly() throws IOException {
    Path copy = Files.createDirectory(out.resolve("extensions")).resolve("Own.java");
    Files.writeString(copy, "class Own {}");
    String digest = Digests.sha256(List.of(copy));
    Path provenance = out.resolve("provenance.json");
    Files.writeString(provenance, "{\"extensions\": {\"Own.java\": \"" + digest + "\"}}");
    Files.writeString(copy, "class Own { int better; }");
    String message =
        Errors.message(
            ConfigException.class, () -> Run.of(TinyRuns.config(data)).execute(out, force()));
    assertTrue(message.contains("(extensions/Own.java)"), message);
    Files.writeString(copy, "class Own {}");
    Run.of(TinyRuns.config(data)).execute(out, force());
    assertFalse(Files.exists(copy));
  }

  @Test
  void neverFollowsLinksInARun() throws IOException {
    Path elsewhere = Files.createDirectories(folder.resolve("disk/checkpoints"));
    Files.writeString(elsewhere.resolve("precious"), "mine");
    Files.createSymbolicLink(out.resolve("routing"), elsewhere);
    String message =
        Errors.message(
            ConfigException.class, () -> Run.of(TinyRuns.config(data)).execute(out, force()));
    assertTrue(message.contains("(routing)"), message);
    assertEquals("mine", Files.readString(elsewhere.resolve("precious")));
  }

  @Test
  void supportsALinkToTheFolder() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), out);
    Run.of(TinyRuns.config(data, "seed=2")).execute(link, force());
    assertTrue(Files.isSymbolicLink(link));
    assertTrue(Files.readString(out.resolve("run.json")).contains("\"seed\" : 2"));
  }

  @Test
  void neverWritesTheLockThroughALink() throws IOException {
    Path thesis = Files.writeString(folder.resolve("thesis.tex"), "mine");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Files.createSymbolicLink(empty.resolve(DirectoryLock.NAME), thesis);
    assertThrows(
        RuntimeException.class, () -> Run.of(TinyRuns.config(data)).execute(empty, force()));
    assertEquals("mine", Files.readString(thesis));
  }

  @Test
  void rejectsRunJsonOfOtherTools() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.writeString(other.resolve("run.json"), "{\"tool\": \"another\"}");
    String message =
        Errors.message(
            ConfigException.class, () -> Run.of(TinyRuns.config(data)).execute(other, force()));
    assertTrue(
        message.endsWith(
            "exists and is not a run, so --force does not replace it; choose another --out"),
        message);
    assertEquals("{\"tool\": \"another\"}", Files.readString(other.resolve("run.json")));
  }

  @Test
  void rejectsReplacingARunThatTheNewRunReads() throws IOException {
    Map<String, String> before = content(out);
    RunWeights weights = RunWeights.of(out.resolve("checkpoints/step-4/model.safetensors"));
    RunConfig config = TinyRuns.config(data).withInit(new InitSpec(weights));
    String message =
        Errors.message(ConfigException.class, () -> Run.of(config).execute(out, force()));
    assertTrue(message.contains("model.safetensors, which --force would delete"), message);
    assertEquals(before, content(out));
  }

  @Test
  void aFailedStartKeepsTheOldRun() throws IOException {
    Map<String, String> before = content(out);
    Path bad = Files.writeString(folder.resolve("bad.arrow"), "ARROW1 followed by other bytes");
    assertThrows(
        DataFormatException.class, () -> Run.of(TinyRuns.config(bad)).execute(out, force()));
    assertEquals(before, content(out));
    RunConfig huge = TinyRuns.config(data, "training.losses.1.coefficient=1e300");
    assertThrows(DivergedException.class, () -> Run.of(huge).execute(out, force()));
    assertEquals(before, content(out));
  }

  /** As by the OOM killer: killed after initialization, before the first step. */
  @Test
  void killedBeforeTheFirstStepKeepsTheOldRun() throws IOException, InterruptedException {
    Map<String, String> before = content(out);
    Path errors = folder.resolve("errors");
    Process child = ChildJvm.start(errors, KilledAtStart.class, data.toString(), out.toString());
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals(137, child.exitValue(), Files.readString(errors));
    assertEquals(before, content(out));
    assertEquals(4, new CheckpointStore(out.resolve("checkpoints")).newest(s -> {}).get().step());
  }

  /** Trains over a run and is killed in the first forward pass. */
  static final class KilledAtStart {
    private KilledAtStart() {}

    public static void main(String[] args) {
      RunJson json = new RunJson(Extensions.load().with(AuxLoss.class, Halt.class));
      String losses = "training.losses=[{\"loss\":{\"type\":\"Halt\"},\"coefficient\":1}]";
      RunConfig config = json.read(TinyRuns.tree(Path.of(args[0]), json, "seed=2", losses));
      new Run(config, json).execute(Path.of(args[1]), force());
    }
  }

  /** Loss that ends the process as SIGKILL does. */
  record Halt() implements AuxLoss {
    @Override
    public NDArray of(RoutingSignals signals) {
      Runtime.getRuntime().halt(137);
      throw new IllegalStateException("still alive");
    }
  }

  /** Simulates interruption at every point of the replacement. */
  @Test
  void interruptedReplacementRestoresTheOldRun() throws IOException {
    Map<String, String> before = content(out);
    int entries = new RunFiles(out).entries().size();
    for (int moved = 0; moved <= entries; moved++) {
      Path aside = Files.createDirectory(out.resolve(".replaced"));
      for (Path entry : new RunFiles(out).entries().subList(0, moved)) {
        Files.move(entry, aside.resolve(entry.getFileName()));
      }
      if (moved == entries) { // the new run has started writing
        Files.writeString(out.resolve("run.json"), "{}");
        Files.createDirectory(out.resolve("plots"));
      }
      RunDirectory.open(out);
      assertEquals(before, content(out), moved + " moved");
    }
  }

  @Test
  void completesAnInterruptedRemoval() throws IOException {
    Path removed = Files.createDirectory(out.resolve(".removed"));
    Map<String, String> before = content(out);
    before.remove(".removed");
    Files.writeString(removed.resolve("summary.json"), "old");
    Files.createDirectory(removed.resolve("plots"));
    Run.of(TinyRuns.config(data)).execute(folder.resolve("unrelated"));
    RunDirectory.open(out);
    assertEquals(before, content(out));
  }

  @Test
  void restoresTheOldRunIfTheNewOneCannotBeWritten() throws IOException {
    Map<String, String> before = content(out);
    POJONode unwritable = new POJONode(new Object()); // as on a full disk
    RunOutput output =
        new RunOutput(new RunDirectory(out), RunStart.REPLACE, unwritable, message -> {});
    StepReport report = StepReport.of(0, 1, 1).withUpdate(1, 0.1);
    assertThrows(UncheckedIOException.class, () -> output.stepped(report));
    assertFalse(output.isBegun());
    assertEquals(before, content(out));
  }

  @Test
  void commandRejectsFoldersWithOtherFiles() throws IOException {
    Files.writeString(out.resolve("thesis.tex"), "mine");
    String config = out.resolve("run.json").toString();
    int code = Main.commandLine().execute("train", config, "--out", out.toString(), "--force");
    assertEquals(2, code);
    assertEquals("mine", Files.readString(out.resolve("thesis.tex")));
  }
}
