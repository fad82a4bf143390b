package org.jmoe.training.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.SyntheticCorpus;
import org.jmoe.layer.RouterSpec;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.AttentionSpec;

/** Configurations of runs that take about a second, on synthetic domains. */
public final class TinyRuns {
  private static final List<String> SMALL =
      List.of(
          "model.vocabulary=16",
          "model.context=16",
          "model.dim=16",
          "model.attention.heads=2",
          "model.attention.kvHeads=1",
          "model.feedForward.hidden=16",
          "model.moe.expert.hidden=16",
          "training.steps=4",
          "training.batch=4",
          "training.sequence=16",
          "training.optimizer.rate=0.01",
          "training.evaluateEvery=2",
          "training.evaluationBatches=2",
          "training.checkpoint.every=4");

  private TinyRuns() {}

  /** Returns the standard JSON mapper. */
  public static RunJson json() {
    return RunJson.standard();
  }

  /** Writes a corpus of two domains over 16 ids, with 64 sequences each and 20% held out. */
  public static Path corpus(Path folder) {
    Path file = folder.resolve("tiny.arrow");
    new SyntheticCorpus(SyntheticCorpus.Spec.of(2, 16, 3).withSequences(64, 33))
        .write(file, true, new HeldOut(0.2, 0));
    return file;
  }

  /**
   * Returns preset smoke at reduced size, with a dense first layer, on the given data, with
   * overrides such as {@code seed=2}.
   */
  public static RunConfig config(Path data, String... changes) {
    return json().read(tree(data, json(), changes));
  }

  /** Returns the override that selects one of jmoe's routers. */
  public static String router(RouterSpec router) {
    return router(router, json());
  }

  /** Returns the override that selects a router. */
  public static String router(RouterSpec router, RunJson json) {
    return "model.moe.router=" + json.tree(router);
  }

  /** Returns the override that selects an attention for every layer. */
  public static String attention(AttentionSpec attention) {
    return "model.attention=" + json().tree(attention);
  }

  /** Returns the override that makes the first layer an MoE layer. */
  public static String moeEverywhere() {
    ModelSpec tiny = config(Path.of("none")).model();
    ModelSpec sparse = tiny.withMoe(tiny.firstMoe().orElseThrow(), layer -> true);
    return "model.layers=" + json().tree(sparse).get("layers");
  }

  /** Returns the unchecked tree of {@link #config}. */
  public static JsonNode tree(Path data, RunJson json, String... changes) {
    List<String> all = new ArrayList<>(SMALL);
    all.add("data.source={\"type\":\"FileSource\",\"path\":\"" + data + "\"}");
    all.addAll(List.of(changes));
    RunConfig smoke = Presets.named("smoke").config();
    DecoderBlock.Spec sparse = smoke.model().blocks().get(0);
    DecoderBlock.Spec dense =
        DecoderBlock.Spec.dense(sparse.attention(), Objects.requireNonNull(sparse.feedForward()));
    ModelSpec model = smoke.model().toBuilder().blocks(List.of(dense, sparse)).build();
    return Overrides.apply(json.write(smoke.withModel(model)), all, json);
  }
}
