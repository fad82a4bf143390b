package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.data.formats.Shared;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs fine-tuning, upcycling, distillation and knockout commands. */
final class FineTuneCommandTest {
  @TempDir Path folder = Path.of("");

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static void ok(Run run) {
    assertEquals(0, run.code(), run.err());
  }

  @Test
  void fineTunesARun() throws IOException {
    RunJson json = TinyRuns.json();
    String config = json.text(TinyRuns.tree(TinyRuns.corpus(folder), json));
    Files.writeString(folder.resolve("run.json"), config);
    ok(Run.of("train", at("run.json"), "--out", at("first")));
    String steps = "training.steps=2";
    ok(
        Run.of(
            "train",
            "--init",
            at("first"),
            "--freeze",
            "router,embedding",
            "--set",
            steps,
            "--out",
            at("second")));
    var tuned = json.parse(folder.resolve("second/run.json"));
    assertEquals("RunWeights", tuned.at("/init/weights/type").asText());
    assertEquals(0.001, tuned.at("/training/optimizer/rate").doubleValue(), 1e-12);
    assertEquals(2, tuned.at("/training/optimizer/groups").size());
    ok(Run.of("evaluate", at("second")));
    String lora = "r=2,alpha=4,targets=experts|attention";
    ok(Run.of("train", "--init", at("first"), "--lora", lora, "--out", at("third")));
    ok(Run.of("evaluate", at("third")));
    ok(Run.of("evaluate", at("third"), "--k", "1"));
    Run held = Run.of("evaluate", at("third"), "--expert-weights", "int8");
    assertTrue(held.err().contains("with jmoe export"), held.err());
    Run merged = Run.of("train", "--init", at("third"), "--out", at("fourth"));
    assertTrue(merged.err().contains("jmoe export to merge them"), merged.err());
    Run nonsense = Run.of("train", "--init", at("first"), "--lora", "rank=2");
    assertTrue(nonsense.err().contains("--lora has 'rank=2'"), nonsense.err());
    Run wrong = Run.of("train", "--init", at("first"), "--freeze", "ruter");
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("did you mean 'router'?"), wrong.err());
  }

  @Test
  void fineTunesAndExportsAPublishedCheckpoint() throws IOException {
    Path model = Shared.path("fixtures/hf/gpt_oss");
    Path data = TinyRuns.corpus(folder);
    ok(
        Run.of(
            "train",
            "--preset",
            "smoke",
            "--init",
            model.toString(),
            "--data",
            data.toString(),
            "--set",
            "training.steps=2",
            "--out",
            at("tuned")));
    Files.writeString(folder.resolve("ids.json"), "[4, 5]");
    ok(Run.of("generate", at("tuned"), "--ids", at("ids.json"), "--tokens", "2"));
    ok(
        Run.of(
            "train",
            "--preset",
            "smoke",
            "--init",
            model.toString(),
            "--expert-weights",
            "nf4",
            "--lora",
            "r=2",
            "--data",
            data.toString(),
            "--set",
            "training.steps=2",
            "--out",
            at("held")));
    ok(Run.of("evaluate", at("held")));
    ok(Run.of("evaluate", at("held"), "--checkpoint", "best"));
    ok(Run.of("routing", at("held")));
    Run pruned =
        Run.of("prune", at("held"), at("pruned"), "--keep", "1", "--data", data.toString());
    assertTrue(pruned.err().contains("jmoe export " + at("held")), pruned.err());
    Run twice = Run.of("evaluate", at("held"), "--expert-weights", "int8");
    assertTrue(twice.err().contains("with jmoe export"), twice.err());
    Run further = Run.of("train", "--init", at("held"), "--out", at("further"));
    assertTrue(further.err().contains("jmoe export to merge them"), further.err());
    Run unnamed = Run.of("train", "--preset", "smoke", "--expert-weights", "nf4", "--lora", "r=2");
    assertTrue(unnamed.err().contains("set --init"), unnamed.err());
    ok(Run.of("export", at("held"), at("restored")));
    ok(Run.of("evaluate", at("restored"), "--data", data.toString(), "--expert-weights", "int8"));
    ok(Run.of("export", at("tuned"), at("exported")));
    Run inspected = Run.of("inspect", at("exported"));
    assertTrue(inspected.out().contains("gpt_oss"), inspected.out() + inspected.err());
  }

  @Test
  void upcyclesADenseRun() throws IOException {
    RunJson json = TinyRuns.json();
    String config =
        json.text(
            TinyRuns.tree(
                TinyRuns.corpus(folder),
                json,
                "model.moe=null",
                "training.losses=[]",
                "model.feedForward.hidden=32"));
    Files.writeString(folder.resolve("run.json"), config);
    ok(Run.of("train", at("run.json"), "--out", at("dense")));
    ok(Run.of("upcycle", at("dense"), at("sparse"), "--experts", "4", "--parts", "2"));
    Run before = Run.of("evaluate", at("dense"));
    Run after = Run.of("evaluate", at("sparse")); // also prints the load of its experts
    ok(after);
    assertEquals(before.out().lines().findFirst(), after.out().lines().findFirst());
    ok(Run.of("train", "--init", at("sparse"), "--out", at("trained")));
    ok(Run.of("train", at("sparse/run.json"), "--out", at("again")));
    Run existing = Run.of("upcycle", at("dense"), at("sparse"), "--experts", "4");
    assertEquals(2, existing.code());
    assertTrue(existing.err().contains("exists"), existing.err());
    assertEquals(2, Run.of("upcycle", at("sparse"), at("more"), "--experts", "4").code());
  }

  @Test
  void distillsAModelAndKnocksOutExperts() throws IOException {
    RunJson json = TinyRuns.json();
    String config = json.text(TinyRuns.tree(TinyRuns.corpus(folder), json));
    Files.writeString(folder.resolve("run.json"), config);
    ok(Run.of("train", at("run.json"), "--out", at("teacher")));
    Run student =
        Run.of(
            "distill",
            "--teacher",
            at("teacher"),
            at("run.json"),
            "--set",
            "model.moe=null",
            "--set",
            "training.losses=[]",
            "--weight",
            "0.9",
            "--out",
            at("student"));
    ok(student);
    var studentConfig = RunJson.standard().parse(folder.resolve("student/run.json"));
    assertEquals("RunWeights", studentConfig.at("/teacher/weights/type").asText());
    assertEquals(0.9, studentConfig.at("/teacher/weight").doubleValue());
    ok(Run.of("evaluate", at("student")));
    ok(Run.of("train", at("student/run.json"), "--out", at("again")));
    assertEquals(Run.of("evaluate", at("student")).out(), Run.of("evaluate", at("again")).out());

    Run knockout = Run.of("knockout", at("teacher"), "--batches", "1");
    ok(knockout);
    assertTrue(knockout.out().contains("model/layers/1/moe:3"), knockout.out());
    Run one = Run.of("knockout", at("teacher"), "--expert", "layers/1/moe:0", "--json");
    ok(one);
    assertTrue(one.out().contains("\"expert\" : \"model/layers/1/moe:0\""), one.out());
    assertEquals(2, Run.of("knockout", at("teacher"), "--expert", "layers/1/moe:9").code());
    ok(Run.of("evaluate", at("teacher"), "--k", "4"));
    ok(Run.of("evaluate", at("teacher"), "--capacity", "0.5"));
    assertEquals(2, Run.of("evaluate", at("teacher"), "--k", "5").code());
    String wrong = Run.of("distill", "--teacher", at("teacher"), "--weight", "2").err();
    assertTrue(wrong.contains("weight must be in [0, 1]"), wrong);
  }

  @Test
  void distillsAPublishedCheckpointIntoADenseModel() {
    Path data = TinyRuns.corpus(folder);
    Path model = Shared.path("fixtures/hf/olmoe");
    ok(
        Run.of(
            "distill",
            "--teacher",
            model.toString(),
            "--data",
            data.toString(),
            "--set",
            "training.steps=2",
            "--set",
            "model.layers.0.repeat=1",
            "--set",
            "training.sequence=16",
            "--out",
            at("student")));
    ok(Run.of("evaluate", model.toString(), "--data", data.toString(), "--k", "1"));
    Run dropped = Run.of("knockout", model.toString(), "--data", data.toString(), "--batches", "2");
    ok(dropped);
    assertTrue(dropped.out().contains("layers/0/moe:0"), dropped.out());
  }
}
