package org.jmoe.app.cli;

import com.google.common.base.Joiner;
import java.util.List;
import org.jmoe.app.bench.LayerCase;
import org.jmoe.app.bench.Skew;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.app.cli.option.Words;
import org.jmoe.io.MachineMemory;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import picocli.CommandLine.Option;

/** Options that describe the layer to benchmark. */
final class LayerOptions {
  @Option(
      names = "--layer",
      split = ",",
      paramLabel = "T,D,F,E,k",
      description = "One layer: tokens, width, expert width, experts, experts per token.")
  List<Integer> layer = List.of();

  @Option(
      names = "--expert",
      paramLabel = "KIND",
      description = "swiglu (default), geglu, silu, gelu or relu.")
  String expert = "swiglu";

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      description = "float32 (default), bfloat16 or float16.")
  String precision = "float32";

  @Option(
      names = "--routing",
      paramLabel = "HOW",
      description = "balanced (default), zipf or all-to-one.")
  String routing = "balanced";

  @Option(
      names = "--latent",
      paramLabel = "L",
      description = "Also time the layer with latent experts of this width and compare.")
  int latent;

  @Option(
      names = "--strategy",
      paramLabel = "HOW",
      description =
          "How experts are computed: cheapest (default), grouped, padded, or loop (slow; a"
              + " sanity check of the benchmark).")
  String strategy = "cheapest";

  boolean given() {
    if (latent != 0 && layer.isEmpty()) {
      throw new UsageException("--latent goes with --layer T,D,F,E,k.");
    }
    return !layer.isEmpty();
  }

  ExpertStrategy strategy() {
    return Words.of(ExpertStrategy.class, strategy, "--strategy");
  }

  /** The layer without the projections of {@code --latent}. */
  LayerCase timed() {
    if (layer.size() != 5) {
      throw new UsageException("--layer needs five sizes T,D,F,E,k, not " + layer.size() + ".");
    }
    LayerCase timed =
        LayerCase.of(layer.get(0), layer.get(1), layer.get(2), layer.get(3), layer.get(4))
            .with(Words.of(Activation.class, expert, "--expert"))
            .with(Words.of(Precision.class, precision, "--precision"))
            .with(Words.of(Skew.class, routing, "--routing"))
            .with(strategy());
    MachineMemory.require(
        timed.bytes(), "A layer of " + Joiner.on(',').join(layer), "use smaller sizes");
    return timed;
  }
}
