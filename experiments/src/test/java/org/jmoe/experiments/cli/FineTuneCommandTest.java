package org.jmoe.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.experiments.data.Shared;
import org.jmoe.experiments.run.RunJson;
import org.jmoe.experiments.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Going on from weights, as a user meets it. */
final class FineTuneCommandTest {
  @TempDir Path folder = Path.of("");

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static void ok(Run run) {
    assertEquals(0, run.code(), run.err());
  }

  @Test
  void aRunIsTunedFromItsOwnConfiguration() throws IOException {
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
    Run wrong = Run.of("train", "--init", at("first"), "--freeze", "ruter");
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("did you mean 'router'?"), wrong.err());
  }

  @Test
  void aPublishedCheckpointIsTunedAndExported() throws IOException {
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
    ok(Run.of("export", at("tuned"), at("exported")));
    Run inspected = Run.of("inspect", at("exported"));
    assertTrue(inspected.out().contains("gpt_oss"), inspected.out() + inspected.err());
  }

  @Test
  void aDenseRunIsUpcycledMeasuredAndTrained() throws IOException {
    RunJson json = TinyRuns.json();
    String config =
        json.text(
            TinyRuns.tree(
                TinyRuns.corpus(folder),
                json,
                "model.moe=null",
                "training.losses=[]",
                "model.hidden=32"));
    Files.writeString(folder.resolve("run.json"), config);
    ok(Run.of("train", at("run.json"), "--out", at("dense")));
    ok(Run.of("upcycle", at("dense"), at("sparse"), "--experts", "4", "--parts", "2"));
    Run before = Run.of("evaluate", at("dense"));
    Run after = Run.of("evaluate", at("sparse"));
    ok(after);
    assertEquals(before.out(), after.out());
    ok(Run.of("train", "--init", at("sparse"), "--out", at("trained")));
    ok(Run.of("train", at("sparse/run.json"), "--out", at("again")));
    Run taken = Run.of("upcycle", at("dense"), at("sparse"), "--experts", "4");
    assertEquals(2, taken.code());
    assertTrue(taken.err().contains("exists"), taken.err());
    assertEquals(2, Run.of("upcycle", at("sparse"), at("more"), "--experts", "4").code());
  }
}
