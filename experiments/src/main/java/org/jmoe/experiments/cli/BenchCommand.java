package org.jmoe.experiments.cli;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.experiments.bench.BenchRow;
import org.jmoe.experiments.bench.BenchSuite;
import org.jmoe.experiments.bench.DecodeBench;
import org.jmoe.experiments.bench.DecodeTimes;
import org.jmoe.experiments.bench.LatentBench;
import org.jmoe.experiments.bench.LayerBench;
import org.jmoe.experiments.bench.LayerCase;
import org.jmoe.experiments.bench.LayerTimes;
import org.jmoe.experiments.bench.LoadBench;
import org.jmoe.experiments.bench.Skew;
import org.jmoe.experiments.hub.HubModel;
import org.jmoe.experiments.run.LoadedRun;
import org.jmoe.experiments.run.Machine;
import org.jmoe.experiments.run.ModelChange;
import org.jmoe.experiments.run.RunDirectory;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.EngineFacts;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.HalfWeights;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.Norm;
import org.jmoe.transformer.Positions;
import org.jmoe.transformer.TransformerSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times layers and training steps. */
@Command(
    name = "bench",
    description = {
      "Times layers, training steps and processes beside what they should be, or one layer of any"
          + " shape against the bare products of its experts.",
      "With --decode or --shape, times the decoding of single tokens against reading memory.",
      "All are minima of interleaved rounds; ratios carry over to other machines, times do not."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe bench --quick",
      "  jmoe bench --json bench.json",
      "  jmoe bench --decode OLMoE-1B-7B --experts int8",
      "  jmoe bench --shape 1024,8,512,32,4,32000",
      "  jmoe bench --load OLMoE-1B-7B --weights float16 --rounds 3",
      "  jmoe bench --layer 4096,512,512,32,2 --expert swiglu --precision bfloat16 --routing zipf",
      "  jmoe bench --layer 2048,256,512,16,2 --latent 64"
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--layer",
      split = ",",
      paramLabel = "T,D,F,E,k",
      description = "One layer: tokens, width, width of an expert, experts, experts a token.")
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
      description =
          "Time the layer also with latent experts of this width, against itself without.")
  int latent;

  @Option(
      names = "--strategy",
      paramLabel = "HOW",
      description =
          "How experts are computed: cheapest (default), grouped, padded, or loop, a slow one that must show in the numbers.")
  String strategy = "cheapest";

  @Option(
      names = "--decode",
      paramLabel = "FOLDER",
      description = "Decode with this published checkpoint or run.")
  @Nullable Path decode;

  @Option(
      names = "--shape",
      split = ",",
      paramLabel = "D,L,F,E,k,V",
      description =
          "Decode with random weights: width, layers, width of an expert, experts, experts a token, vocabulary.")
  List<Integer> shape = List.of();

  @Option(
      names = "--load",
      paramLabel = "FOLDER",
      description =
          "Open this published checkpoint: time, memory at most, and its files read and mapped.")
  @Nullable Path load;

  @Option(
      names = "--experts",
      paramLabel = "FORM",
      description = "With --decode, --shape or --load: float32 (default), int8 or nf4.")
  @Nullable String experts;

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      description = "With --decode, --shape or --load: float32 (default) or float16.")
  @Nullable String weights;

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds to take minima of.")
  int rounds = 20;

  @Option(
      names = "--json",
      arity = "0..1",
      fallbackValue = "-",
      paramLabel = "FILE",
      description = "Write JSON to a file, or print it.")
  @Nullable String json;

  @Option(names = "--quick", description = "Leave the largest shapes out; some minutes.")
  boolean quick;

  @Option(names = "--busy", description = "Measure although the machine has other work.")
  boolean busy;

  @Override
  public Integer call() throws IOException {
    if (rounds < 1) {
      throw new UsageException("--rounds must be at least 1, not " + rounds + ".");
    }
    if (load != null) {
      load(load);
      return 0;
    }
    if (decode != null || !shape.isEmpty()) {
      decode();
      return 0;
    }
    if (latent != 0 && layer.isEmpty()) {
      throw new UsageException("--latent goes with --layer T,D,F,E,k.");
    }
    return layer.isEmpty() ? suite() : one();
  }

  /** Everything; the code is a failure where a number is not as it should be. */
  private int suite() throws IOException {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > 0.5 && !busy) {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "The machine is busy (load %.1f), so that times would be of other work too; wait, or"
                  + " add --busy.%n",
              load);
      return 1;
    }
    PrintWriter out = spec.commandLine().getOut();
    List<BenchRow> rows = new ArrayList<>();
    ExpertStrategy chosen = Words.of(ExpertStrategy.class, strategy, "--strategy");
    new BenchSuite(quick, Main.class.getName(), chosen)
        .run(
            row -> {
              rows.add(row);
              if (!"-".equals(json)) {
                out.println(BenchText.line(row));
                out.flush();
              }
            });
    String text = BenchText.json(rows, Machine.current()).toPrettyString();
    if (json != null) {
      tell(text, json);
    }
    return rows.stream().allMatch(BenchRow::met) ? 0 : 1;
  }

  private int one() throws IOException {
    if (layer.size() != 5) {
      throw new UsageException("--layer needs five sizes T,D,F,E,k, not " + layer.size() + ".");
    }
    LayerCase timed =
        new LayerCase(
            layer.get(0),
            layer.get(1),
            layer.get(2),
            layer.get(3),
            layer.get(4),
            Words.of(Activation.class, expert, "--expert"),
            Words.of(Precision.class, precision, "--precision"),
            Words.of(Skew.class, routing, "--routing"),
            Words.of(ExpertStrategy.class, strategy, "--strategy"));
    if (latent != 0) {
      List<BenchRow> rows = new LatentBench(timed, latent, rounds).run();
      if (json != null) {
        tell(BenchText.json(rows, Machine.current()).toPrettyString(), json);
      } else {
        rows.forEach(row -> spec.commandLine().getOut().println(BenchText.line(row)));
      }
      return 0;
    }
    LayerTimes times = new LayerBench(timed, rounds).run();
    String text = node(timed, times).toPrettyString();
    if (json != null) {
      tell(text, json);
    } else {
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s, %d threads: layer %.2f / %.2f ms, bare products %.2f / %.2f ms, efficiency %.2f / %.2f%n",
              timed.name(),
              EngineFacts.threads(),
              times.forward(),
              times.forwardBackward(),
              times.floorForward(),
              times.floorForwardBackward(),
              times.efficiencyForward(),
              times.efficiencyForwardBackward());
    }
    return 0;
  }

  /** Prints a text, or writes it to a file. */
  private void tell(String text, String target) throws IOException {
    if (target.equals("-")) {
      spec.commandLine().getOut().println(text);
    } else {
      RunDirectory.writeText(Path.of(target), text);
    }
  }

  private void decode() throws IOException {
    if ((decode == null) == shape.isEmpty() || !layer.isEmpty()) {
      throw new UsageException("Give one of --layer, --decode, --shape and --load.");
    }
    ModelChange change = held();
    if (decode == null) {
      try (NDManager manager = NDManager.newBaseManager()) {
        LanguageModel model = change.of(shaped(), RunTypes.json()).build(Seed.of(1));
        model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
        if (change.half()) {
          HalfWeights.hold(model, manager);
        }
        decode(model, manager);
      }
    } else if (HubModel.isOne(decode)) {
      try (HubModel hub = HubModel.open(decode, change)) {
        decode(hub.model(), hub.manager());
      }
    } else {
      try (LoadedRun run = LoadedRun.open(decode, RunTypes.json(), change)) {
        decode(run.model(), run.manager());
      }
    }
  }

  private ModelChange held() {
    return new ModelChange(
        null, null, ChangeOptions.form(experts, "--experts"), ChangeOptions.half(weights));
  }

  private void load(Path folder) throws IOException {
    if (decode != null || !shape.isEmpty() || !layer.isEmpty()) {
      throw new UsageException("Give one of --layer, --decode, --shape and --load.");
    }
    HubFolder.require(folder);
    LoadBench.Times times = new LoadBench(folder, HubModel.weightFiles(folder), rounds).run(held());
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%.1f MB in files, %.1f MB held, peak of resident memory %.1f MB (%.2f of what is held),"
                + " %.1f s; files read at %.2f GB/s, through a mapping at %.2f GB/s%n",
            times.fileBytes() / 1e6,
            times.heldBytes() / 1e6,
            times.peakBytes() / 1e6,
            (double) times.peakBytes() / times.heldBytes(),
            times.seconds(),
            times.fileBytes() / times.readSeconds() / 1e9,
            times.fileBytes() / times.mappedSeconds() / 1e9);
  }

  private TransformerSpec shaped() {
    if (shape.size() != 6) {
      throw new UsageException("--shape needs six sizes D,L,F,E,k,V, not " + shape.size() + ".");
    }
    int dim = shape.get(0);
    int heads = dim % 64 == 0 ? dim / 64 : 1;
    return new TransformerSpec(
        shape.get(5),
        1 << 15,
        shape.get(1),
        dim,
        heads,
        heads,
        dim,
        Activation.SWIGLU,
        Norm.Kind.RMS,
        Positions.ROTARY,
        true,
        false,
        0,
        new MoeLayer.Spec(
            shape.get(3),
            TopKRouter.Spec.of(shape.get(4)),
            FeedForwardExperts.Spec.swiglu(shape.get(2))),
        0,
        1);
  }

  private void decode(LanguageModel model, NDManager manager) throws IOException {
    DecodeTimes times = new DecodeBench(model, manager, rounds).run();
    if (json != null) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("threads", EngineFacts.threads());
      node.put("tokensPerSecond", times.tokensPerSecond());
      node.put("activeBytes", times.activeBytes());
      node.put("bytesPerSecond", times.bandwidth());
      node.put("shareOfBandwidth", times.share());
      tell(node.toPrettyString(), json);
    } else {
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%d threads: %.1f tokens/s, %.1f MB of active weights a token, %.2f of %.1f GB/s%n",
              EngineFacts.threads(),
              times.tokensPerSecond(),
              times.activeBytes() / 1e6,
              times.share(),
              times.bandwidth() / 1e9);
    }
  }

  private static ObjectNode node(LayerCase timed, LayerTimes times) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("case", timed.name());
    node.put("threads", EngineFacts.threads());
    node.put("forwardMs", times.forward());
    node.put("forwardBackwardMs", times.forwardBackward());
    node.put("gemmForwardMs", times.floorForward());
    node.put("gemmForwardBackwardMs", times.floorForwardBackward());
    node.put("efficiencyForward", times.efficiencyForward());
    node.put("efficiencyForwardBackward", times.efficiencyForwardBackward());
    node.put("gemmGigaflopsPerSecond", timed.flops() / times.floorForward() / 1e6);
    return node;
  }
}
