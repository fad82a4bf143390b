package org.jmoe.experiments.cli;

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
import org.jmoe.experiments.bench.LayerBench;
import org.jmoe.experiments.bench.LayerCase;
import org.jmoe.experiments.bench.LayerTimes;
import org.jmoe.experiments.bench.Skew;
import org.jmoe.experiments.run.Machine;
import org.jmoe.experiments.run.RunDirectory;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.EngineFacts;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
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
      "All are minima of interleaved rounds; ratios carry over to other machines, times do not."
    },
    footer = {
      "",
      "Examples:",
      "  jmoe bench --quick",
      "  jmoe bench --json bench.json",
      "  jmoe bench --layer 4096,512,512,32,2 --expert swiglu --precision bfloat16 --routing zipf"
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
      names = "--strategy",
      paramLabel = "HOW",
      description =
          "How experts are computed: cheapest (default), grouped, padded, or loop, a slow one to compare with.")
  String strategy = "cheapest";

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
    new BenchSuite(quick, Main.class.getName())
        .run(
            row -> {
              rows.add(row);
              if (!"-".equals(json)) {
                out.println(BenchText.line(row));
                out.flush();
              }
            });
    String text = BenchText.json(rows, Machine.current()).toPrettyString();
    if ("-".equals(json)) {
      out.println(text);
    } else if (json != null) {
      RunDirectory.writeText(Path.of(json), text);
    }
    return rows.stream().allMatch(BenchRow::met) ? 0 : 1;
  }

  private int one() throws IOException {
    if (layer.size() != 5) {
      throw new UsageException("--layer needs five sizes T,D,F,E,k, not " + layer.size() + ".");
    }
    if (rounds < 1) {
      throw new UsageException("--rounds must be at least 1, not " + rounds + ".");
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
    LayerTimes times = new LayerBench(timed, rounds).run();
    String text = node(timed, times).toPrettyString();
    if ("-".equals(json)) {
      spec.commandLine().getOut().println(text);
    } else if (json != null) {
      RunDirectory.writeText(Path.of(json), text);
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
