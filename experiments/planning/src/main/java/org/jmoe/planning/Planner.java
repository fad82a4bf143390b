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

/** Tries every layout of a model on a cluster. */
public final class Planner {
  private static final int MOST_NODES = 1 << 13;
  private static final long MOST_TOKENS = 1 << 17;

  private final ArchitectureSizes model;
  private final Workload workload;
  private final AssumedLoad load;
  private final Predicate<Layout> allowed;
  private final Seed seed;
  private final Map<ImbalanceSimulation, Double> simulated = new HashMap<>();

  /**
   * A planner.
   *
   * @param load of the experts
   * @param allowed which layouts may be used
   * @param seed of the simulated routing
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
   * The plans that fit, most tokens a second first; among equals the one that divides least.
   *
   * @throws ConfigException when the device has no such arithmetic, no layout is allowed or none
   *     fits, saying how much is missing and how many devices would do
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
   * The same, empty when none fits.
   *
   * @throws ConfigException when the device has no such arithmetic
   */
  public ImmutableList<Plan> fitting(Cluster cluster) {
    if (workload.arithmetic().flops(cluster) <= 0) {
      throw new ConfigException(
          "%s has no 8-bit products; use --precision bf16".formatted(cluster.device()));
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

  /** How many layouts there are to try. */
  public int considered(Cluster cluster) {
    return layouts(cluster).size();
  }

  /** The plan of one layout, whether it fits or not. */
  public Plan plan(Layout layout, Cluster cluster) {
    double crowding = crowding(layout);
    return new Plan(
        layout,
        crowding,
        MemoryEstimate.of(model, workload, layout, crowding),
        new StepCost(model, cluster, workload, layout).estimate(crowding));
  }

  /** Fewest nodes of the cluster's kind on which some layout fits, if any number does. */
  public OptionalInt fewestNodes(Cluster cluster) {
    int most = Math.min(MOST_NODES, Cluster.MOST / cluster.devicesPerNode());
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
    // An even load needs least; only what has room for it is worth a simulation.
    return MemoryEstimate.of(model, workload, layout, 1).total() <= cluster.memoryBytes()
        && MemoryEstimate.of(model, workload, layout, crowding(layout)).total()
            <= cluster.memoryBytes();
  }

  /** With a capacity every device computes all slots, whoever is in them. */
  private double crowding(Layout layout) {
    MoeSize moe = model.moe();
    if (moe == null || !workload.dropless()) {
      return 1;
    }
    // Which device a token comes from does not matter here, and more tokens would change little.
    long local =
        Math.max(
            1, Math.min(layout.localTokens(workload.sequence()), MOST_TOKENS / layout.experts()));
    return simulated.computeIfAbsent(
        new ImbalanceSimulation(moe, layout.experts(), local, seed),
        simulation -> simulation.of(load, ImmutableList.of()).crowding());
  }

  private String noLayout(Cluster cluster) {
    if (cluster.size() > workload.sequences()) {
      return "%d devices share %d sequences of %d tokens a step, too few; raise --tokens to %d"
          .formatted(
              cluster.size(),
              workload.sequences(),
              workload.sequence(),
              (long) cluster.size() * workload.sequence());
    }
    return ("no layout has those ways on %d nodes of %d devices: expert parallelism must divide the"
            + " devices and the experts%s, tensor parallelism, a power of two, a node's devices and"
            + " the attention heads, and --micro must be a power of two")
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
            ? "%,d devices in nodes of %d would do"
                .formatted(
                    (long) nodes.getAsInt() * cluster.devicesPerNode(), cluster.devicesPerNode())
            : "no number of such nodes would do; try --zero 3, a shorter --sequence or larger"
                + " devices";
    return ("%s does not fit: its leanest layout (%s) needs %,d bytes on a device, %,d more than"
            + " %,d of %s; %s")
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
