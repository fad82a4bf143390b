package org.jmoe.app.cli;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jmoe.app.bench.DecodeBench;
import org.jmoe.app.bench.DecodeTimes;
import org.jmoe.app.bench.LoadBench;
import org.jmoe.app.cli.option.ChangeOptions;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.HalfWeights;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that select the model for decoding and loading benchmarks. */
final class DecodeOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command = CommandSpec.create();

  @Option(
      names = "--decode",
      paramLabel = "FOLDER",
      description = "Benchmark decoding with this published checkpoint or run.")
  @Nullable Path decode;

  @Option(
      names = "--shape",
      split = ",",
      paramLabel = "D,L,F,E,k,V",
      description =
          "Benchmark decoding with random weights: width, layers, expert width, experts,"
              + " experts per token, vocabulary.")
  List<Integer> shape = List.of();

  @Option(
      names = "--load",
      paramLabel = "FOLDER",
      description =
          "Benchmark loading this published checkpoint: time, peak memory, and reading"
              + " against mapping its files.")
  @Nullable Path load;

  @Option(
      names = "--expert-weights",
      paramLabel = "FORM",
      description = "With --decode, --shape or --load: float32 (default), int8 or nf4.")
  @Nullable String experts;

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      description = "With --decode, --shape or --load: float32 (default) or float16.")
  @Nullable String weights;

  boolean loads() {
    return load != null;
  }

  boolean given() {
    return decode != null || !shape.isEmpty();
  }

  /** Refuses more than one thing to measure. */
  void requireAlone(boolean layer) {
    int wanted = (layer ? 1 : 0) + (load == null ? 0 : 1);
    wanted += (decode == null ? 0 : 1) + (shape.isEmpty() ? 0 : 1);
    if (wanted > 1) {
      throw new UsageException("Give one of --layer, --decode, --shape and --load.");
    }
  }

  /**
   * Times the decoding of single tokens.
   *
   * @param rounds to take minima of
   */
  DecodeTimes times(int rounds) throws IOException {
    ModelChange change = held();
    if (decode == null) {
      try (NDManager manager = NDManager.newBaseManager()) {
        LanguageModel model = change.of(shaped()).build(Seed.of(1));
        model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
        if (change.half()) {
          HalfWeights.convert(model, manager);
        }
        return new DecodeBench(model, manager, rounds).run();
      }
    }
    try (OpenedModel opened =
        ModelFolder.of(decode, ExtensionOptions.json(command, decode)).open(change)) {
      return new DecodeBench(opened.model(), opened.manager(), rounds).run();
    }
  }

  /**
   * Times the opening of a checkpoint.
   *
   * @param rounds to take minima of
   */
  LoadBench.Times loading(int rounds) throws IOException {
    Path path = Objects.requireNonNull(load);
    ModelFolder folder = ModelFolder.published(path, ExtensionOptions.json(command));
    return new LoadBench(folder, HubModel.weightFiles(path), rounds).run(held());
  }

  private ModelChange held() {
    return new ModelChange(
        null, null, ChangeOptions.form(experts, "--expert-weights"), ChangeOptions.half(weights));
  }

  private ModelSpec shaped() {
    if (shape.size() != 6) {
      throw new UsageException("--shape needs six sizes D,L,F,E,k,V, not " + shape.size() + ".");
    }
    int dim = shape.get(0);
    int heads = dim % 64 == 0 ? dim / 64 : 1;
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            shape.get(3),
            TopKRouter.Spec.of(shape.get(4)),
            FeedForwardExperts.Spec.swiglu(shape.get(2)));
    return ModelSpec.builder(shape.get(5), 1 << 15, dim)
        .layers(shape.get(1), DecoderBlock.Spec.moe(GroupedAttention.Spec.of(heads, heads), moe))
        .build();
  }
}
