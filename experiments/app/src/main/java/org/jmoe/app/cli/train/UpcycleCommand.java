package org.jmoe.app.cli.train;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.UpcycledWeights;
import org.jmoe.training.run.SavedModel;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Upcycles a dense model. */
@Command(
    name = "upcycle",
    description = {
      "Upcycles a dense run to an MoE: each expert is a copy of its layer's"
          + " feed-forward, or with --parts a slice of it, so that the model computes the"
          + " same at once.",
      "",
      "The output can be evaluated and exported like a run; train it with jmoe train"
          + " --init TARGET."
    },
    mixinStandardHelpOptions = true)
public final class UpcycleCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder of a dense run.")
  Path folder = Path.of("");

  @Parameters(index = "1", paramLabel = "TARGET", description = "The folder to write.")
  Path target = Path.of("");

  @Option(
      names = "--experts",
      required = true,
      paramLabel = "N",
      description = "Number of copies of each feed-forward.")
  int experts;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Number of copies that a token uses (default: 2).")
  int k = 2;

  @Option(
      names = "--parts",
      paramLabel = "N",
      description = "Split each copy into N experts of 1/N of the width (default: 1).")
  int parts = 1;

  @Option(
      names = "--every",
      paramLabel = "N",
      description = "1 for experts in all layers (default), 2 for every other, and so on.")
  int every = 1;

  @Override
  public Integer call() {
    if (parts < 1 || experts < 1 || k < 1) {
      throw new UsageException(
          "--experts, --k and --parts must be at least 1, not %d, %d, %d."
              .formatted(experts, k, parts));
    }
    RunJson json = ExtensionOptions.json(spec, folder);
    ModelFolder.Trained run = ModelFolder.trained(folder, json);
    RunConfig before = run.config();
    ModelSpec dense = before.model();
    FeedForward.Spec feedForward = UpcycledWeights.feedForward(dense);
    if (feedForward.hidden() % parts != 0) {
      throw new UsageException(
          "--parts %d does not divide the feed-forward's width of %d."
              .formatted(parts, feedForward.hidden()));
    }
    UpcycledWeights weights = UpcycledWeights.of(run.file(), dense);
    RunConfig config = json.read(tree(before, weights, json));
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = config.build();
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      weights.load(model, manager);
      SavedModel.write(target, config, json, model);
    }
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%,d parameters, %,d active per token; before %,d%nwritten to %s%n",
            config.model().parameters(),
            config.model().activeParameters(),
            dense.parameters(),
            target);
    return 0;
  }

  private ObjectNode tree(RunConfig before, UpcycledWeights weights, RunJson json) {
    ModelSpec dense = before.model();
    FeedForward.Spec feedForward = UpcycledWeights.feedForward(dense);
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts * parts,
            TopKRouter.Spec.of(k * parts),
            new FeedForwardExperts.Spec(
                feedForward.hidden() / parts, feedForward.activation(), false, 0));
    RunConfig sparse =
        before
            .withModel(dense.withMoe(moe, layer -> (layer + 1) % every == 0))
            .withInit(new InitSpec(weights));
    ObjectNode tree = (ObjectNode) json.write(sparse);
    if (before.training().losses().isEmpty()) {
      ObjectNode training = (ObjectNode) tree.get("training");
      training.set(
          "losses", json.write(Presets.named("quickstart").config()).at("/training/losses"));
    }
    return tree;
  }
}
