package org.jmoe.app.cli.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.app.cli.option.Words;
import org.jmoe.planning.Arithmetic;
import org.jmoe.planning.AssumedLoad;
import org.jmoe.planning.Cluster;
import org.jmoe.planning.Layout;
import org.jmoe.planning.PlanReport;
import org.jmoe.planning.Workload;
import org.jmoe.planning.model.PlannedModel;
import org.jmoe.tensor.Seed;
import org.jmoe.training.results.RoutingTable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Estimates the training of a model on a cluster. */
@Command(
    name = "plan",
    description =
        "Estimates what training a model on a cluster takes: parameters, memory,"
            + " communication, time, imbalance, and the best layout. Nothing is built or run.",
    footer = {
      "",
      "Examples:",
      "  jmoe plan --list",
      "  jmoe plan mixtral-8x7b --cluster 8xH100 --nodes 4",
      "  jmoe plan deepseek-v3 --cluster 8xH100 --nodes 256 --tokens 60M --zipf 0.5",
      "  jmoe plan runs/quickstart --cluster 1xA100-80G --load runs/quickstart",
      "  jmoe plan --all --cluster 8xH100 --nodes 16",
      "",
      "A cluster's JSON file has the keys device, nodes, devicesPerNode, memoryBytes,"
          + " memoryBandwidth, bfloat16Flops, float8Flops (0 for none), float32Flops,"
          + " intraNodeBandwidth and interNodeBandwidth; rates are bytes or operations a second of"
          + " one device. docs/planning.md has the formulas and how far they are from published"
          + " times."
    },
    mixinStandardHelpOptions = true)
public final class PlanCommand implements Callable<Integer> {
  private static final String DROPLESS = "dropless";
  private static final int MOST_NODES = 1 << 14;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "A name that --list shows, a run's folder or run.json, or a folder with a published"
              + " model's config.json.")
  @Nullable String model;

  @Option(names = "--list", description = "List the published models and how they are counted.")
  boolean list;

  @Option(names = "--all", description = "Plan every published model, one row each.")
  boolean all;

  @Option(
      names = "--cluster",
      paramLabel = "NxDEVICE|FILE",
      description =
          "A100-40G, A100-80G, H100, H200, GB200 or GB300 devices, such as 8xH100 (default), or a"
              + " JSON file.")
  String cluster = "8xH100";

  @Option(names = "--nodes", paramLabel = "N", description = "Multiply the number of nodes by N.")
  int nodes = 1;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      converter = TokenCount.class,
      description = "Tokens per step, such as 4M or 4Mi (default: 4Mi, or as in the run).")
  @Nullable Long tokens;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      description =
          "Tokens per sequence (default: 4096, T5's 512 + 114 for Switch, or as in the" + " run).")
  @Nullable Integer sequence;

  @Option(
      names = "--micro",
      paramLabel = "N",
      description = "Sequences per micro-batch and replica, a power of two (default: the best).")
  @Nullable Integer micro;

  @Option(
      names = "--ep",
      paramLabel = "N",
      description = "Expert-parallel size (default: the best).")
  @Nullable Integer ep;

  @Option(
      names = "--etp",
      paramLabel = "N",
      description = "Expert tensor-parallel size: 1 or --tp (default: the best).")
  @Nullable Integer etp;

  @Option(
      names = "--tp",
      paramLabel = "N",
      description = "Tensor-parallel size (default: the best).")
  @Nullable Integer tp;

  @Option(
      names = "--zero",
      paramLabel = "STAGE",
      description =
          "ZeRO stage, what is sharded across replicas: 0 nothing, 1 optimizer (default),"
              + " 2 gradients too, 3 weights too.")
  int zero = 1;

  @Option(
      names = "--capacity",
      paramLabel = "FACTOR",
      description = "Capacity factor of the experts, or dropless (default).")
  String capacity = DROPLESS;

  @Option(names = "--precision", paramLabel = "TYPE", description = "bf16 (default), fp8 or fp32.")
  String precision = "bf16";

  @Option(
      names = "--efficiency",
      paramLabel = "SHARE",
      description = "Fraction of peak FLOP/s that matmuls reach (default: ${DEFAULT-VALUE}).")
  double efficiency = Workload.EFFICIENCY;

  @Option(
      names = "--zipf",
      paramLabel = "S",
      description =
          "Route unevenly: the expert of rank r gets a share proportional to 1/r^S; 0 is"
              + " random routing (default: exactly even).")
  @Nullable Double zipf;

  @Option(
      names = "--load",
      paramLabel = "DIR",
      description = "Use the measured expert load of this run.")
  @Nullable Path load;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the simulated routing (default: 1).")
  long seed = 1;

  @Option(names = "--json", description = "Print numbers as JSON.")
  boolean json;

  @Override
  public Integer call() {
    int asked = (model == null ? 0 : 1) + (list ? 1 : 0) + (all ? 1 : 0);
    if (asked != 1) {
      throw new UsageException("Give one of MODEL, --list and --all; --list shows the models.");
    }
    if (list) {
      print(PlanList::json, PlanList::text);
    } else if (model != null) {
      PlanReport report = report(PlannedModel.of(model, ExtensionOptions.json(spec)));
      print(() -> PlanJson.of(report), () -> PlanText.of(report));
    } else {
      PlanTable table = PlanTable.of(cluster(), this::workload, load(), this::isAllowed, seed());
      print(table::json, table::text);
    }
    return 0;
  }

  private void print(Supplier<JsonNode> numbers, Supplier<String> text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? numbers.get().toPrettyString() : text.get().stripTrailing());
    out.flush();
  }

  private PlanReport report(PlannedModel planned) {
    return PlanReport.of(planned, cluster(), workload(planned), load(), this::isAllowed, seed());
  }

  private Cluster cluster() {
    Cluster one = Cluster.of(cluster);
    if (nodes < 1 || nodes > MOST_NODES) {
      throw new UsageException(
          "--nodes must be between 1 and %d, not %d.".formatted(MOST_NODES, nodes));
    }
    return one.withNodes(Math.multiplyExact(one.nodes(), nodes));
  }

  private Workload workload(PlannedModel planned) {
    return new Workload(
        tokens == null ? planned.tokens() : tokens,
        sequence == null ? planned.sequence() : sequence,
        factor(),
        Words.of(Arithmetic.class, precision, "--precision"),
        zero,
        efficiency);
  }

  private double factor() {
    if (capacity.equals(DROPLESS)) {
      return Double.POSITIVE_INFINITY;
    }
    try {
      double factor = Double.parseDouble(capacity);
      if (factor > 0 && Double.isFinite(factor)) {
        return factor;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new UsageException(
        "--capacity is '%s'; give a factor above 0 such as 1.25, or dropless.".formatted(capacity));
  }

  private AssumedLoad load() {
    if (zipf != null && load != null) {
      throw new UsageException("--zipf and --load exclude each other; give one.");
    }
    if (load != null) {
      return new AssumedLoad.Measured(
          load.toString(), RoutingTable.trained(load).values().asList());
    }
    return zipf == null ? new AssumedLoad.Balanced() : new AssumedLoad.Zipf(zipf);
  }

  private boolean isAllowed(Layout layout) {
    return (ep == null || layout.experts() == ep)
        && (etp == null || layout.slices() == etp)
        && (tp == null || layout.tensor() == tp)
        && (micro == null || layout.micro() == micro);
  }

  private Seed seed() {
    return Seed.of(seed).child("plan");
  }
}
