package org.jmoe.planning;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.ConfigException;

/** Exhaustive search over the parallel layouts of a model on a cluster. */
public final class Planner {
  private static final int MAX_NODES = 1 << 13;
  private static final long MAX_TOKENS = 1 << 17;

  private final ArchitectureSizes model;
  private final Workload workload;
  private final AssumedLoad load;
  private final Predicate<Layout> allowed;
  private final Seed seed;
  private final Map<ImbalanceSimulation, Double> simulated = new HashMap<>();

  /**
   * Creates a planner.
   *
   * @param load expert load
   * @param allowed filter for layouts
   * @param seed seed of the simulated routing
   */
  public Planner(
      ArchitectureSizes model,
      Workload workload,
      AssumedLoad load,
      Predicate<Layout> allowed,
      Seed seed) {
    this.model = model;
    this.workload = workload;
    this.load = load;
    this.allowed = allowed;
    this.seed = seed;
  }

  /**
   * Returns the plans that fit, highest throughput first; ties go to the layout with the least
   * parallelism.
   *
   * @throws ConfigException if the device does not support the data type, no layout is allowed or
   *     none fits, with the missing bytes and the number of devices that would suffice
   */
  public ImmutableList<Plan> plans(Cluster cluster) {
    ImmutableList<Plan> fitting = fitting(cluster);
    if (fitting.isEmpty()) {
      List<Layout> layouts = layouts(cluster);
      throw new ConfigException(layouts.isEmpty() ? noLayout(cluster) : tooSmall(cluster, layouts));
    }
    return fitting;
  }

  /**
   * Like the above, but empty if none fits.
   *
   * @throws ConfigException if the device does not support the data type
   */
  public ImmutableList<Plan> fitting(Cluster cluster) {
    if (workload.arithmetic().flops(cluster) <= 0) {
      throw new ConfigException(
          "%s has no 8-bit matmul; use --precision bf16".formatted(cluster.device()));
    }
    return layouts(cluster).stream()
        .filter(layout -> fits(layout, cluster))
        .map(layout -> plan(layout, cluster))
        .sorted(
            Comparator.comparingDouble((Plan p) -> -p.step().tokensPerSecond())
                .thenComparing(p -> p.layout().tensor())
                .thenComparing(p -> p.layout().experts())
                .thenComparing(p -> p.layout().micro()))
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns the number of candidate layouts. */
  public int considered(Cluster cluster) {
    return layouts(cluster).size();
  }

  /** Returns the plan of one layout, whether it fits or not. */
  public Plan plan(Layout layout, Cluster cluster) {
    double crowding = crowding(layout);
    return new Plan(
        layout,
        crowding,
        MemoryEstimate.of(model, workload, layout, crowding),
        new StepCost(model, cluster, workload, layout).estimate(crowding));
  }

  /** Returns the smallest number of nodes on which some layout fits, if there is one. */
  public OptionalInt fewestNodes(Cluster cluster) {
    int most = Math.min(MAX_NODES, Cluster.MAX_DEVICES / cluster.devicesPerNode());
    for (int nodes = 1; nodes <= most; nodes++) {
      Cluster larger = cluster.withNodes(nodes);
      if (layouts(larger).stream().anyMatch(layout -> fits(layout, larger))) {
        return OptionalInt.of(nodes);
      }
    }
    return OptionalInt.empty();
  }

  private List<Layout> layouts(Cluster cluster) {
    return Layout.all(model, cluster, workload).stream().filter(allowed).toList();
  }

  private boolean fits(Layout layout, Cluster cluster) {
    // A balanced load needs the least memory; only simulate layouts that fit it.
    return MemoryEstimate.of(model, workload, layout, 1).total() <= cluster.memoryBytes()
        && MemoryEstimate.of(model, workload, layout, crowding(layout)).total()
            <= cluster.memoryBytes();
  }

  /** With a capacity every device computes all slots, empty ones too. */
  private double crowding(Layout layout) {
    MoeSize moe = model.moe();
    if (moe == null || !workload.dropless()) {
      return 1;
    }
    // The source device of a token is irrelevant here, and more tokens would change little.
    long local =
        Math.max(
            1, Math.min(layout.localTokens(workload.sequence()), MAX_TOKENS / layout.experts()));
    return simulated.computeIfAbsent(
        new ImbalanceSimulation(moe, layout.experts(), local, seed),
        simulation -> simulation.of(load, ImmutableList.of()).crowding());
  }

  private String noLayout(Cluster cluster) {
    if (cluster.size() > workload.sequences()) {
      return "%d devices cannot share %d sequences of %d tokens per step; raise --tokens to %d"
          .formatted(
              cluster.size(),
              workload.sequences(),
              workload.sequence(),
              (long) cluster.size() * workload.sequence());
    }
    return ("no layout on %d nodes of %d devices has the requested degrees of parallelism: expert"
            + " parallelism must divide the devices and the experts%s, tensor parallelism, a"
            + " power of two, a node's devices and the attention heads, and --micro must be a"
            + " power of two")
        .formatted(
            cluster.nodes(),
            cluster.devicesPerNode(),
            Optional.ofNullable(model.moe()).map(m -> " (" + m.experts() + ")").orElse(""));
  }

  private String tooSmall(Cluster cluster, List<Layout> layouts) {
    Plan least =
        layouts.stream()
            .map(layout -> plan(layout, cluster))
            .min(Comparator.comparingLong(p -> p.memory().total()))
            .orElseThrow();
    OptionalInt nodes = fewestNodes(cluster);
    String fix =
        nodes.isPresent()
            ? "use %,d devices in nodes of %d"
                .formatted(
                    (long) nodes.getAsInt() * cluster.devicesPerNode(), cluster.devicesPerNode())
            : "no number of such nodes suffices; try --zero 3, a shorter --sequence or larger"
                + " devices";
    return ("%s does not fit: its smallest layout (%s) needs %,d bytes per device, %,d more than"
            + " the %,d of %s; %s")
        .formatted(
            model.name(),
            least.layout().text(),
            least.memory().total(),
            least.memory().total() - cluster.memoryBytes(),
            cluster.memoryBytes(),
            cluster.device(),
            fix);
  }
}
