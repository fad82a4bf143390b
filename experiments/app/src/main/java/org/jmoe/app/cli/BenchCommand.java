package org.jmoe.app.cli;

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
import org.jmoe.app.bench.BenchRow;
import org.jmoe.app.bench.BenchSuite;
import org.jmoe.app.bench.DecodeTimes;
import org.jmoe.app.bench.LatentBench;
import org.jmoe.app.bench.LayerBench;
import org.jmoe.app.bench.LayerCase;
import org.jmoe.app.bench.LayerTimes;
import org.jmoe.app.bench.LoadBench;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.io.Outputs;
import org.jmoe.tensor.EngineInfo;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.training.results.Machine;
import org.jmoe.training.results.RunDirectory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times layers and training steps. */
@Command(
    name = "bench",
    description = {
      "Benchmarks layers, training steps and processes against their bounds, or one"
          + " layer of any shape against the bare matmuls of its experts.",
      "With --decode or --shape, benchmarks single-token decoding against memory" + " bandwidth.",
      "Reported times are minima over interleaved rounds. Ratios transfer to other"
          + " machines, times do not."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe bench --quick",
      "  jmoe bench --json bench.json",
      "  jmoe bench --decode OLMoE-1B-7B --expert-weights int8",
      "  jmoe bench --shape 1024,8,512,32,4,32000",
      "  jmoe bench --load OLMoE-1B-7B --weights float16 --rounds 3",
      "  jmoe bench --layer 4096,512,512,32,2 --expert swiglu --precision bfloat16 --routing zipf",
      "  jmoe bench --layer 2048,256,512,16,2 --latent 64"
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin LayerOptions layer = new LayerOptions();

  @Mixin DecodeOptions decode = new DecodeOptions();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Number of rounds to take the minimum over.")
  int rounds = 20;

  @Option(
      names = "--json",
      arity = "0..1",
      fallbackValue = "-",
      paramLabel = "FILE",
      description = "Write JSON to a file, or print it.")
  @Nullable String json;

  @Option(names = "--force", description = "Replace an existing file.")
  boolean force;

  @Option(names = "--quick", description = "Skip the largest shapes; takes a few minutes.")
  boolean quick;

  @Option(names = "--busy", description = "Measure even if the machine is busy.")
  boolean busy;

  @Override
  public Integer call() throws IOException {
    if (rounds < 1) {
      throw new UsageException("--rounds must be at least 1, not " + rounds + ".");
    }
    if (json != null && !json.equals("-")) {
      Outputs.requireFile(Path.of(json), force);
    }
    decode.requireAlone(layer.given());
    if (decode.loads()) {
      load();
      return 0;
    }
    if (decode.given()) {
      decode();
      return 0;
    }
    return layer.given() ? one() : suite();
  }

  /** Everything; the code is a failure where a number is not as it should be. */
  private int suite() throws IOException {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > 0.5 && !busy) {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "The machine is busy (load %.1f), so timings would include other processes;"
                  + " wait, or add --busy.%n",
              load);
      return 1;
    }
    PrintWriter out = spec.commandLine().getOut();
    List<BenchRow> rows = new ArrayList<>();
    ExpertStrategy chosen = layer.strategy();
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
    LayerCase timed = layer.timed();
    if (layer.latent != 0) {
      List<BenchRow> rows = new LatentBench(timed, layer.latent, rounds).run();
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
              "%s, %d threads: layer %.2f / %.2f ms, bare matmuls %.2f / %.2f ms, efficiency"
                  + " %.2f / %.2f%n",
              timed.name(),
              EngineInfo.threads(),
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

  private void load() throws IOException {
    LoadBench.Times times = decode.loading(rounds);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%.1f MB in files, %.1f MB held, peak of resident memory %.1f MB (%.2f of what is"
                + " held), %.1f s; files read at %.2f GB/s, through a mapping at %.2f GB/s%n",
            times.fileBytes() / 1e6,
            times.parameterBytes() / 1e6,
            times.peakBytes() / 1e6,
            (double) times.peakBytes() / times.parameterBytes(),
            times.seconds(),
            times.fileBytes() / times.readSeconds() / 1e9,
            times.fileBytes() / times.mappedSeconds() / 1e9);
  }

  private void decode() throws IOException {
    DecodeTimes times = decode.times(rounds);
    if (json != null) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("threads", EngineInfo.threads());
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
              "%d threads: %.1f tokens/s, %.1f MB of active weights per token, %.2f of %.1f"
                  + " GB/s%n",
              EngineInfo.threads(),
              times.tokensPerSecond(),
              times.activeBytes() / 1e6,
              times.share(),
              times.bandwidth() / 1e9);
    }
  }

  private static ObjectNode node(LayerCase timed, LayerTimes times) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("case", timed.name());
    node.put("threads", EngineInfo.threads());
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
