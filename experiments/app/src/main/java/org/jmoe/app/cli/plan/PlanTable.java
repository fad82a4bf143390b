package org.jmoe.app.cli.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jmoe.planning.AssumedLoad;
import org.jmoe.planning.Cluster;
import org.jmoe.planning.Layout;
import org.jmoe.planning.Plan;
import org.jmoe.planning.Planner;
import org.jmoe.planning.Workload;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.NamedArchitecture;
import org.jmoe.planning.model.NamedArchitectures;
import org.jmoe.planning.model.ParameterCount;
import org.jmoe.planning.model.PlannedModel;
import org.jmoe.tensor.Seed;

/** The best plan of every published model, one row per model. */
record PlanTable(Cluster cluster, ImmutableList<Row> rows) {
  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  /**
   * A model's row.
   *
   * @param plans that fit, best first; empty when none does
   * @param considered layouts that were tried
   * @param fewest nodes on which one would
   */
  record Row(PlannedModel model, ImmutableList<Plan> plans, int considered, OptionalInt fewest) {}

  static PlanTable of(
      Cluster cluster,
      Function<PlannedModel, Workload> workload,
      AssumedLoad load,
      Predicate<Layout> allowed,
      Seed seed) {
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    for (NamedArchitecture named : NamedArchitectures.all()) {
      PlannedModel model = PlannedModel.of(named);
      Planner planner = new Planner(model.sizes(), workload.apply(model), load, allowed, seed);
      ImmutableList<Plan> plans = planner.fitting(cluster);
      rows.add(
          new Row(
              model,
              plans,
              planner.considered(cluster),
              plans.isEmpty() ? planner.fewestNodes(cluster) : OptionalInt.empty()));
    }
    return new PlanTable(cluster, rows.build());
  }

  String text() {
    StringBuilder text =
        new StringBuilder(
            "model                 total    active   ep  etp    dp   tp micro     GB      a2a"
                + "    tokens/s  TFLOP/s    MFU  rules\n");
    rows.forEach(row -> text.append(line(row)));
    return text
        + "ep, etp, dp, tp: sizes of expert, expert-tensor, data and tensor parallelism;"
        + " micro: sequences at once, r with recomputation;\n"
        + "GB: memory per device; a2a: GB that a device sends per step of one MoE layer;"
        + " TFLOP/s per device, without overlap\n";
  }

  private String line(Row row) {
    ArchitectureSizes sizes = row.model().sizes();
    ParameterCount count = sizes.parameters();
    String start =
        "%-16s %10s %9s"
            .formatted(sizes.name(), Billions.of(count.total()), Billions.of(count.active()));
    if (row.plans().isEmpty()) {
      return start + " does not fit; " + enough(row) + "\n";
    }
    Plan plan = row.plans().get(0);
    Layout layout = plan.layout();
    return String.format(
        Locale.ROOT,
        "%s %4d %4d %5d %4d %5s %6.1f %8.2f %,11.0f %8.0f %5.1f%%  %s%n",
        start,
        layout.experts(),
        layout.slices(),
        layout.data(),
        layout.tensor(),
        layout.micro() + (layout.recompute() ? "r" : ""),
        plan.memory().total() / GIGA,
        plan.step().allToAllBytes() / GIGA,
        plan.step().tokensPerSecond(),
        plan.step().work().modelFlops() / plan.step().serial() / cluster.size() / TERA,
        100 * plan.step().utilisation(),
        PlanText.name(plan.step().bound()));
  }

  private String enough(Row row) {
    if (row.considered() == 0) {
      return "no layout has the requested sizes";
    }
    return row.fewest().isPresent()
        ? "%,d devices would suffice"
            .formatted((long) row.fewest().getAsInt() * cluster.devicesPerNode())
        : "no number of such nodes would suffice";
  }

  JsonNode json() {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Row row : rows) {
      ObjectNode node = all.addObject();
      node.put("model", row.model().sizes().name());
      PlanJson.sizes(node, row.model().sizes(), row.model().published());
      if (!row.plans().isEmpty()) {
        PlanJson.plan(node.putObject("plan"), row.plans().get(0));
      } else if (row.fewest().isPresent()) {
        node.put("fewestDevices", (long) row.fewest().getAsInt() * cluster.devicesPerNode());
      }
    }
    return all;
  }
}
