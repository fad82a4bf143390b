package org.jmoe.app.cli;

import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.io.Json;
import org.jmoe.io.JsonMutations;
import org.jmoe.training.run.TinyRuns;

/**
 * Malformed and oversized inputs by kind: files that jmoe wrote with a field or bytes at fault, the
 * inputs that fuzzing found, and settings that no machine has room for.
 *
 * @param folder with a run, its export and its data
 */
record HostileInputs(Path folder) {
  private static final int PER_FILE = 60; // spread evenly over all mutations of a file

  /**
   * One input.
   *
   * @param what the fault
   * @param file that is written before and restored after, its content
   * @param command that reads it
   */
  record Input(String what, Path file, ByteSource content, List<String> command) {}

  /** Trains a run and exports it. */
  static HostileInputs in(Path folder) throws IOException {
    org.jmoe.training.run.Run.of(TinyRuns.config(TinyRuns.corpus(folder), TinyRuns.moeEverywhere()))
        .execute(folder.resolve("run"));
    HostileInputs inputs = new HostileInputs(folder);
    Run export = Run.of("export", inputs.at("run"), inputs.at("hub"));
    if (export.code() != 0) {
      throw new IllegalStateException(export.err());
    }
    Files.writeString(folder.resolve("ids.json"), "{\"ids\": [[1, 2, 3]]}");
    Files.writeString(folder.resolve("text.txt"), "some words");
    return inputs;
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  /** The inputs of a kind. */
  List<Input> of(String kind) throws IOException {
    return switch (kind) {
      case "run.json" -> json("run/run.json", "evaluate", at("run"));
      case "summary.json" -> json("run/summary.json", "compare", at("run"), at("run"));
      case "checkpoint state and manifest" ->
          concat(
              json("run/checkpoints/step-4/state.json", "evaluate", at("run")),
              json("run/checkpoints/step-4/manifest.json", "evaluate", at("run")));
      case "config.json of a checkpoint" -> json("hub/config.json", "inspect", at("hub"));
      case "record of training data" ->
          json(
              "hub/jmoe_training_data.json",
              List.of(
                  "evaluate",
                  at("hub"),
                  "--data",
                  at("tiny.arrow"),
                  "--held-out",
                  "--sequence",
                  "16"));
      case "token ids" -> json("ids.json", "logits", at("hub"), "--ids", at("ids.json"));
      case "weights" -> bytes("hub/model.safetensors", "inspect", at("hub"));
      case "tables of a run" ->
          concat(
              bytes("run/metrics.arrow", "reproduce", at("run")),
              bytes("run/routing.arrow", "plots", at("run")));
      case "token data" -> bytes("tiny.arrow", "data", "inspect", at("tiny.arrow"));
      case "fuzzed token data" ->
          concat(
              found("arrow", "x.arrow", "data", "inspect"),
              concat(
                  found("megatronIndex", "x.idx", "data", "inspect"),
                  found("nanoGptTokens", "x.bin", "data", "inspect")));
      case "fuzzed weights" -> found("safetensors", "hub/model.safetensors", "inspect", at("hub"));
      case "archives" ->
          found("archive", "x.zip", "data", "build", "--force", "--out", at("o.arrow"));
      case "tokenizers" ->
          found(
              "tokenizer",
              "x.json",
              "data",
              "build",
              "--force",
              "--out",
              at("o.arrow"),
              at("text.txt"),
              "--tokenizer");
      case "routes" -> found("route", "x.json", "route");
      case "sizes" -> sizes();
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static List<Input> concat(List<Input> one, List<Input> two) {
    return Stream.concat(one.stream(), two.stream()).toList();
  }

  private List<Input> json(String name, String... command) throws IOException {
    return json(name, List.of(command));
  }

  private List<Input> json(String name, List<String> command) throws IOException {
    Path file = folder.resolve(name);
    List<JsonMutations.Mutation> all = JsonMutations.of(Json.parse(file));
    int count = Math.min(PER_FILE, all.size());
    return IntStream.range(0, count)
        .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
        .map(m -> new Input(m.what(), file, ByteSource.wrap(m.bytes()), command))
        .toList();
  }

  /** Truncations, zeroed tails and flipped bits. */
  private List<Input> bytes(String name, String... command) throws IOException {
    Path file = folder.resolve(name);
    byte[] good = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(1);
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < PER_FILE; i++) {
      byte[] bad = good.clone();
      int at = random.nextInt(good.length);
      switch (i % 4) {
        case 0 -> bad = Arrays.copyOf(good, at);
        case 1 -> Arrays.fill(bad, at, bad.length, (byte) 0);
        case 2 -> bad[at] ^= (byte) (1 << random.nextInt(8));
        default -> bad[random.nextInt(Math.min(good.length, 256))] ^= (byte) (1 << (i % 8));
      }
      inputs.add(
          new Input(
              "%s fault %d at %d".formatted(name, i % 4, at),
              file,
              ByteSource.wrap(bad),
              List.of(command)));
    }
    return inputs;
  }

  /** What is kept beside the fuzz tests; the file comes last in the command if it is not in it. */
  private List<Input> found(String target, String name, String... command) throws IOException {
    Path file = folder.resolve(name);
    List<String> line = new ArrayList<>(List.of(command));
    if (!name.startsWith("hub/")) {
      line.add(file.toString());
    }
    Path kept = Path.of("src/test/resources/org/jmoe/app/fuzz/ParsersFuzzTestInputs", target);
    try (Stream<Path> files = Files.list(kept)) {
      return files
          .sorted()
          .map(
              f ->
                  new Input(String.valueOf(f.getFileName()), file, MoreFiles.asByteSource(f), line))
          .toList();
    }
  }

  private List<Input> sizes() {
    Path none = folder.resolve("text.txt");
    List<Input> inputs = new ArrayList<>();
    for (String setting :
        List.of(
            "model.vocabulary",
            "model.dim",
            "model.context",
            "model.layers.0.repeat",
            "model.moe.experts",
            "model.moe.expert.hidden",
            "model.attention.heads",
            "training.batch",
            "training.sequence")) {
      for (String value : List.of("2147483646", "1073741824", "100000000", "0", "-1", "1e99")) {
        List<String> command =
            List.of(
                "train",
                at("run/run.json"),
                "--set",
                setting + "=" + value,
                "--out",
                at("out"),
                "--force");
        inputs.add(new Input(setting + "=" + value, none, MoreFiles.asByteSource(none), command));
      }
    }
    return inputs;
  }
}
