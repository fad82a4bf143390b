package org.jmoe.app.cli.plan;

import java.util.List;
import java.util.Locale;
import org.jmoe.planning.Cluster;
import org.jmoe.planning.Layout;
import org.jmoe.planning.LoadStudy;
import org.jmoe.planning.MemoryEstimate;
import org.jmoe.planning.Plan;
import org.jmoe.planning.PlanReport;
import org.jmoe.planning.StepEstimate;
import org.jmoe.planning.Workload;
import org.jmoe.planning.model.ParameterCount;
import org.jmoe.planning.model.Published;

/** Formats a plan as text. */
final class PlanText {
  private static final int SHOWN = 5;
  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  private final StringBuilder text = new StringBuilder();
  private final PlanReport report;

  private PlanText(PlanReport report) {
    this.report = report;
  }

  static String of(PlanReport report) {
    PlanText plan = new PlanText(report);
    plan.inputs();
    plan.memory();
    plan.time();
    plan.imbalance();
    plan.others();
    return plan.text.toString();
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void inputs() {
    ParameterCount count = report.model().sizes().parameters();
    Published published = report.model().published();
    line(
        "%s: %s parameters, %s active per token%s",
        report.model().sizes().name(),
        Billions.of(count.total()),
        Billions.of(count.active()),
        count.lookup() == 0 ? "" : ", %s of them looked up".formatted(Billions.of(count.lookup())));
    if (published != null) {
      line(
          "  published: %s%s; %s",
          published.total(),
          published.active() == null
              ? ""
              : ", %s active, those looked up %s"
                  .formatted(published.active(), published.lookups() ? "included" : "left out"),
          published.source());
    }
    Cluster cluster = report.cluster();
    Workload work = report.workload();
    line(
        "%,d %s in %d node%s: %.0f GB and %s TFLOP/s each, %.0f GB/s within a node, %.0f GB/s"
            + " between",
        cluster.size(),
        cluster.device(),
        cluster.nodes(),
        cluster.nodes() == 1 ? "" : "s",
        cluster.memoryBytes() / GIGA,
        tera(work.arithmetic().flops(cluster)),
        cluster.intraNodeBandwidth() / GIGA,
        cluster.interNodeBandwidth() / GIGA);
    line(
        "a step of %,.0f tokens in sequences of %,d; %s, ZeRO %d, %s, %s load",
        report.best().step().work().tokens(),
        work.sequence(),
        work.arithmetic().name().toLowerCase(Locale.ROOT),
        work.zero(),
        work.dropless() ? "dropless" : "capacity factor " + work.capacity(),
        report.load().name());
    Layout layout = report.best().layout();
    line("");
    line(
        "best layout: %d-way experts%s, %d-way data, %d-way tensor parallel;"
            + " micro-batches of %d sequence%s, %d in a step; activations %s",
        layout.experts(),
        layout.slices() == 1 ? "" : " in %d slices each".formatted(layout.slices()),
        layout.data(),
        layout.tensor(),
        layout.micro(),
        layout.micro() == 1 ? "" : "s",
        layout.microBatches(work),
        layout.recompute() ? "recomputed" : "kept");
  }

  private void memory() {
    MemoryEstimate memory = report.best().memory();
    line("");
    line("memory per device       GB");
    line("  weights         %8.2f", memory.weights() / GIGA);
    line("  gradients       %8.2f", memory.gradients() / GIGA);
    line("  optimizer       %8.2f", memory.optimizer() / GIGA);
    line("  activations     %8.2f", memory.activations() / GIGA);
    line(
        "  total           %8.2f of %.0f",
        memory.total() / GIGA, report.cluster().memoryBytes() / GIGA);
  }

  private void time() {
    StepEstimate step = report.best().step();
    line("");
    boolean fast = step.serial() < 1;
    double unit = fast ? 1e-3 : 1;
    line("time per step           %2s  share", fast ? "ms" : "s");
    for (StepEstimate.Part part : StepEstimate.Part.values()) {
      line(
          "  %-15s %8.3f  %4.0f%%%s%s",
          name(part),
          step.seconds(part) / unit,
          100 * step.seconds(part) / step.serial(),
          part == step.bound() ? "  rules" : "",
          part == StepEstimate.Part.ALL_TO_ALL && step.allToAllBytes() > 0
              ? "  each device sends %.3f GB per layer, %.2f GB in total"
                  .formatted(
                      step.allToAllBytes() / GIGA, step.allToAllBytes() * step.moeLayers() / GIGA)
              : "");
    }
    line(
        "  no overlap      %8.3f        %,.0f tokens/s, %s TFLOP/s per device, MFU %.1f%%",
        step.serial() / unit,
        step.tokensPerSecond(),
        tera(step.work().modelFlops() / step.serial() / report.cluster().size()),
        100 * step.utilisation());
    line(
        "  full overlap    %8.3f        %,.0f tokens/s, %s TFLOP/s per device, MFU"
            + " %.1f%%: no step is faster",
        step.overlapped() / unit,
        step.work().tokens() / step.overlapped(),
        tera(step.work().modelFlops() / step.overlapped() / report.cluster().size()),
        100 * step.maxUtilisation());
  }

  /** In 10^12, with digits where it is small. */
  private static String tera(double count) {
    return String.format(Locale.ROOT, count < 10 * TERA ? "%.3f" : "%.0f", count / TERA);
  }

  static String name(StepEstimate.Part part) {
    return switch (part) {
      case COMPUTE -> "matmuls";
      case MEMORY -> "device memory";
      case ALL_TO_ALL -> "all-to-all";
      case TENSOR_PARALLEL -> "tensor parallel";
      case GRADIENTS -> "replicas";
    };
  }

  private void imbalance() {
    if (report.studies().isEmpty()) {
      return;
    }
    line("");
    StringBuilder head = new StringBuilder("uneven routing   expert  device     step  dropped at");
    report.factors().forEach(f -> head.append(" %6s".formatted(f)));
    line("%s", head);
    for (LoadStudy study : report.studies()) {
      StringBuilder row = new StringBuilder();
      study
          .imbalance()
          .dropRates()
          .forEach(rate -> row.append(String.format(Locale.ROOT, " %5.1f%%", 100 * rate)));
      line(
          "  %-14s %6.2f  %6.2f  %6.2fx            %s",
          study.load().name(),
          study.imbalance().maxOverMean(),
          study.imbalance().crowding(),
          study.slowdown(),
          row);
    }
    line(
        "  busiest expert and device over the mean, the step's time without drops over an even"
            + " one,");
    line("  and choices dropped by capacity factor; simulated");
  }

  private void others() {
    List<Plan> plans = report.plans();
    line("");
    line(
        "%d of %d layouts fit; the fastest%s",
        plans.size(),
        report.considered(),
        plans.size() == 1 ? "" : " " + Math.min(SHOWN, plans.size()));
    line("    ep  etp    dp   tp  micro  activations      GB     tokens/s  rules");
    for (Plan plan : plans.subList(0, Math.min(SHOWN, plans.size()))) {
      Layout layout = plan.layout();
      line(
          "  %4d  %3d  %4d  %3d  %5d  %-11s  %6.2f  %,11.0f  %s",
          layout.experts(),
          layout.slices(),
          layout.data(),
          layout.tensor(),
          layout.micro(),
          layout.recompute() ? "recomputed" : "kept",
          plan.memory().total() / GIGA,
          plan.step().tokensPerSecond(),
          name(plan.step().bound()));
    }
  }
}
