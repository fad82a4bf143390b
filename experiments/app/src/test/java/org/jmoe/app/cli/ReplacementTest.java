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

/** {@code --force} costs nobody a file but the run it names, and that one only for another. */
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

  /** Every file below a folder, the lock left out, by its content. */
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
  void replacesARunWhole() throws IOException {
    Map<String, String> before = content(out);
    Files.createDirectories(out.resolve("routing"));
    Files.writeString(out.resolve("plots/load.png"), "drawn");
    Files.writeString(out.resolve("routing/layers.arrow"), "analysed");
    Files.writeString(out.resolve(".metrics.arrow.123.tmp"), "broken off");
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
  void refusesAFolderThatHoldsAnythingElse(String name) throws IOException {
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
  void theRecordedCopyOfAnExtensionIsTheRunsAndAChangedOneIsNot() throws IOException {
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
  void aLinkIsSomebodyElses() throws IOException {
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
  void theFolderItselfMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), out);
    Run.of(TinyRuns.config(data, "seed=2")).execute(link, force());
    assertTrue(Files.isSymbolicLink(link));
    assertTrue(Files.readString(out.resolve("run.json")).contains("\"seed\" : 2"));
  }

  @Test
  void theLockIsNotWrittenThroughALink() throws IOException {
    Path thesis = Files.writeString(folder.resolve("thesis.tex"), "mine");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Files.createSymbolicLink(empty.resolve(DirectoryLock.NAME), thesis);
    assertThrows(
        RuntimeException.class, () -> Run.of(TinyRuns.config(data)).execute(empty, force()));
    assertEquals("mine", Files.readString(thesis));
  }

  @Test
  void anotherToolsRunJsonIsNoRun() throws IOException {
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
  void aRunThatTheNewOneReadsStays() throws IOException {
    Map<String, String> before = content(out);
    RunWeights weights = RunWeights.of(out.resolve("checkpoints/step-4/model.safetensors"));
    RunConfig config = TinyRuns.config(data).withInit(new InitSpec(weights));
    String message =
        Errors.message(ConfigException.class, () -> Run.of(config).execute(out, force()));
    assertTrue(message.contains("model.safetensors, which --force would delete"), message);
    assertEquals(before, content(out));
  }

  @Test
  void aStartThatFailsCostsNothing() throws IOException {
    Map<String, String> before = content(out);
    Path bad = Files.writeString(folder.resolve("bad.arrow"), "ARROW1 and then nothing");
    assertThrows(
        DataFormatException.class, () -> Run.of(TinyRuns.config(bad)).execute(out, force()));
    assertEquals(before, content(out));
    RunConfig huge = TinyRuns.config(data, "training.losses.1.coefficient=1e300");
    assertThrows(DivergedException.class, () -> Run.of(huge).execute(out, force()));
    assertEquals(before, content(out));
  }

  /** What the kernel's OOM killer does, at the worst time: parameters are there, no step is. */
  @Test
  void killedBeforeTheFirstStepTheOldRunIsWhole() throws IOException, InterruptedException {
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

  /** A balance loss that ends the process as SIGKILL does. */
  record Halt() implements AuxLoss {
    @Override
    public NDArray of(RoutingSignals signals) {
      Runtime.getRuntime().halt(137);
      throw new IllegalStateException("still alive");
    }
  }

  /** Everything that a process may have done when it ends between the runs. */
  @Test
  void brokenOffAnywhereTheOldRunComesBack() throws IOException {
    Map<String, String> before = content(out);
    int entries = new RunFiles(out).entries().size();
    for (int moved = 0; moved <= entries; moved++) {
      Path aside = Files.createDirectory(out.resolve(".replaced"));
      for (Path entry : new RunFiles(out).entries().subList(0, moved)) {
        Files.move(entry, aside.resolve(entry.getFileName()));
      }
      if (moved == entries) { // the new run has begun to write
        Files.writeString(out.resolve("run.json"), "{}");
        Files.createDirectory(out.resolve("plots"));
      }
      RunDirectory.open(out);
      assertEquals(before, content(out), moved + " moved");
    }
  }

  @Test
  void aRemovalThatBrokeOffIsCompleted() throws IOException {
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
  void whereTheNewRunCannotBeWrittenTheOldOneIsPutBack() throws IOException {
    Map<String, String> before = content(out);
    POJONode unwritable = new POJONode(new Object()); // as on a full disk
    RunOutput output =
        new RunOutput(new RunDirectory(out), RunStart.REPLACE, unwritable, sentence -> {});
    StepReport report = new StepReport(0, 1, Map.of(), 1, 0.1, 1, Map.of());
    assertThrows(UncheckedIOException.class, () -> output.stepped(report));
    assertFalse(output.isBegun());
    assertEquals(before, content(out));
  }

  @Test
  void theCommandRefusesAThesis() throws IOException {
    Files.writeString(out.resolve("thesis.tex"), "mine");
    String config = out.resolve("run.json").toString();
    int code = Main.commandLine().execute("train", config, "--out", out.toString(), "--force");
    assertEquals(2, code);
    assertEquals("mine", Files.readString(out.resolve("thesis.tex")));
  }
}
