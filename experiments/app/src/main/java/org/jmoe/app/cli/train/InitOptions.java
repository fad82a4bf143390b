package org.jmoe.app.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jmoe.app.cli.option.ChangeOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.app.cli.option.Words;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.RunJson;
import org.jmoe.transformer.LowRank;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for starting a run from existing weights. */
final class InitOptions {
  /** A part of a model that can be frozen. */
  enum Part {
    ROUTER("/router/"),
    EXPERTS("/experts/"),
    SHARED("/shared/"),
    ATTENTION("/attention/"),
    DENSE("/feed_forward/"),
    EMBEDDING("/(embedding|positions|output)$");

    private final String match;

    Part(String match) {
      this.match = match;
    }
  }

  private static final double SHARE_OF_RATE = 0.1;

  @Option(
      names = "--init",
      paramLabel = "FOLDER",
      description = {
        "Start from the weights of a run or a published checkpoint, at a tenth of the"
            + " configuration's learning rate (override with --set training.optimizer.rate=..)."
            + " The configuration defaults to the run's own run.json."
      })
  @Nullable Path init;

  @Option(
      names = "--freeze",
      split = ",",
      paramLabel = "PART",
      description =
          "Freeze parts: router, experts, shared, attention, dense, embedding. Repeatable.")
  List<String> freeze = new ArrayList<>();

  @Option(
      names = "--lora",
      paramLabel = "r=8,alpha=16,targets=experts|attention",
      description = "Train low-rank updates (LoRA) of these weights and freeze everything else.")
  @Nullable String lora;

  @Option(
      names = "--expert-weights",
      paramLabel = "FORM",
      description =
          "Quantise the experts of a published checkpoint to int8 or nf4 and train the"
              + " rest; with --lora, train low-rank updates, also of the experts (QLoRA).")
  @Nullable String experts;

  boolean isEmpty() {
    return init == null && freeze.isEmpty() && lora == null && experts == null;
  }

  /** The configuration of the run that is started from, or else the given one. */
  JsonNode own(JsonNode otherwise, boolean named, RunJson json) {
    return init != null && !named && ModelFolder.of(init, json) instanceof ModelFolder.Trained run
        ? json.write(run.config())
        : otherwise;
  }

  /** A configuration that starts from the weights, with the frozen parts. */
  JsonNode apply(JsonNode tree, RunJson json) {
    ObjectNode changed = tree.deepCopy();
    if (init != null) {
      goOn(init, changed, json);
    } else if (lora != null || experts != null) {
      throw new UsageException("--lora and --expert-weights need existing weights; set --init.");
    }
    JsonNode groups = changed.at("/training/optimizer/groups");
    for (String name : freeze) {
      Part part = Words.of(Part.class, name, "--freeze");
      ((ArrayNode) groups)
          .addObject()
          .put("match", part.match)
          .put("rate", 1.0)
          .put("decay", 1.0)
          .put("frozen", true);
      if (part == Part.ROUTER) { // some have a bias that learns without gradients
        changed.path("model").findParents("updateRate").stream()
            .map(ObjectNode.class::cast)
            .forEach(router -> router.put("updateRate", 0.0));
      }
    }
    return changed;
  }

  private LowRank.@Nullable Spec lowRank() {
    if (lora == null) {
      return null;
    }
    int rank = 8;
    double alpha = 16;
    List<LowRank.Target> targets = List.of(LowRank.Target.EXPERTS, LowRank.Target.ATTENTION);
    for (String part : lora.split(",", -1)) {
      String[] words = part.split("=", -1);
      String value = words.length == 2 ? words[1] : "";
      try {
        switch (words[0]) {
          case "r" -> rank = Integer.parseInt(value);
          case "alpha" -> alpha = Double.parseDouble(value);
          case "targets" ->
              targets =
                  Arrays.stream(value.split("[|]", -1))
                      .map(word -> Words.of(LowRank.Target.class, word, "a target of --lora"))
                      .toList();
          default -> throw new NumberFormatException();
        }
      } catch (NumberFormatException e) {
        throw new UsageException(
            "--lora has '%s'; write it as r=8,alpha=16,targets=experts|attention.".formatted(part));
      }
    }
    return new LowRank.Spec(rank, alpha, targets);
  }

  private void goOn(Path folder, ObjectNode tree, RunJson json) {
    ModelFolder from = ModelFolder.of(folder, json);
    InitialWeights weights = from.weights();
    if (from instanceof ModelFolder.Trained run) {
      InitSpec earlier = run.config().init();
      if (earlier != null && earlier.lowRank() != null) {
        throw new UsageException(
            folder
                + " trained low-rank updates; run jmoe export to merge them and start from its"
                + " output.");
      }
    }
    tree.set("model", json.tree(from.model()));
    if (experts != null && weights.architecture() == null) {
      throw new UsageException(
          "--expert-weights is for published checkpoints; jmoe export makes one of the run "
              + folder
              + ".");
    }
    tree.set(
        "init",
        json.tree(
            new InitSpec(weights, lowRank(), ChangeOptions.form(experts, "--expert-weights"))));
    ObjectNode training = (ObjectNode) tree.get("training");
    ObjectNode optimizer = (ObjectNode) training.get("optimizer");
    optimizer.put("rate", optimizer.get("rate").doubleValue() * SHARE_OF_RATE);
    training.put("sequence", Math.min(from.model().context(), training.get("sequence").asInt()));
    if (!from.model().hasMoe()) {
      training.putArray("losses");
    }
  }
}
