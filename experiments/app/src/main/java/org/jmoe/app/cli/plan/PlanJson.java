package org.jmoe.app.cli.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.planning.Layout;
import org.jmoe.planning.LoadStudy;
import org.jmoe.planning.MemoryEstimate;
import org.jmoe.planning.Plan;
import org.jmoe.planning.PlanReport;
import org.jmoe.planning.StepEstimate;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.ParameterCount;
import org.jmoe.planning.model.Published;
import org.jspecify.annotations.Nullable;

/** Plans as JSON: bytes, seconds and operations, without rounding. */
final class PlanJson {
  private PlanJson() {}

  static JsonNode of(PlanReport report) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("model", report.model().sizes().name());
    sizes(node, report.model().sizes(), report.model().published());
    ObjectNode cluster = node.putObject("cluster");
    cluster.put("device", report.cluster().device());
    cluster.put("nodes", report.cluster().nodes());
    cluster.put("devicesPerNode", report.cluster().devicesPerNode());
    cluster.put("memoryBytes", report.cluster().memoryBytes());
    ObjectNode workload = node.putObject("workload");
    workload.put("tokens", report.best().step().work().tokens());
    workload.put("sequence", report.workload().sequence());
    if (!report.workload().dropless()) {
      workload.put("capacity", report.workload().capacity());
    }
    workload.put("precision", report.workload().arithmetic().name());
    workload.put("zero", report.workload().zero());
    workload.put("efficiency", report.workload().efficiency());
    workload.put("load", report.load().name());
    node.put("layoutsConsidered", report.considered());
    var plans = node.putArray("plans");
    report.plans().forEach(plan -> plan(plans.addObject(), plan));
    var studies = node.putArray("imbalance");
    report.studies().forEach(study -> study(studies.addObject(), report, study));
    return node;
  }

  /** Counts of a model, and what was published of them. */
  static void sizes(ObjectNode node, ArchitectureSizes sizes, @Nullable Published published) {
    ParameterCount count = sizes.parameters();
    ObjectNode parameters = node.putObject("parameters");
    parameters.put("total", count.total());
    parameters.put("active", count.active());
    parameters.put("lookup", count.lookup());
    parameters.put("routed", count.routed());
    if (published != null) {
      ObjectNode theirs = node.putObject("published");
      theirs.put("total", published.total());
      theirs.put("active", published.active());
      theirs.put("activeHasLookup", published.lookups());
      theirs.put("source", published.source());
    }
    node.put("layers", sizes.layers());
    node.put("moeLayers", sizes.moeLayers());
    MoeSize moe = sizes.moe();
    if (moe != null) {
      node.put("experts", moe.experts());
      node.put("k", moe.k());
    }
  }

  static void plan(ObjectNode node, Plan plan) {
    Layout layout = plan.layout();
    ObjectNode ways = node.putObject("layout");
    ways.put("experts", layout.experts());
    ways.put("expertSlices", layout.slices());
    ways.put("data", layout.data());
    ways.put("tensor", layout.tensor());
    ways.put("micro", layout.micro());
    ways.put("recompute", layout.recompute());
    node.put("crowding", plan.crowding());
    MemoryEstimate memory = plan.memory();
    ObjectNode bytes = node.putObject("memoryBytes");
    bytes.put("weights", memory.weights());
    bytes.put("gradients", memory.gradients());
    bytes.put("optimizer", memory.optimizer());
    bytes.put("activations", memory.activations());
    bytes.put("total", memory.total());
    StepEstimate step = plan.step();
    ObjectNode seconds = node.putObject("seconds");
    seconds.put("compute", step.times().compute());
    seconds.put("memory", step.times().memory());
    seconds.put("allToAll", step.times().allToAll());
    seconds.put("tensorParallel", step.times().tensor());
    seconds.put("gradients", step.times().gradients());
    seconds.put("serial", step.serial());
    seconds.put("overlapped", step.overlapped());
    node.put("bound", step.bound().name());
    node.put("allToAllBytesPerLayer", step.allToAllBytes());
    node.put("tokensPerSecond", step.tokensPerSecond());
    node.put("modelFlopsPerStep", step.work().modelFlops());
    node.put("utilisation", step.utilisation());
    node.put("mostUtilisation", step.maxUtilisation());
  }

  private static void study(ObjectNode node, PlanReport report, LoadStudy study) {
    node.put("load", study.load().name());
    node.put("maxOverMean", study.imbalance().maxOverMean());
    node.put("crowding", study.imbalance().crowding());
    node.put("stepSlowdown", study.slowdown());
    ObjectNode drops = node.putObject("dropRates");
    for (int i = 0; i < report.factors().size(); i++) {
      drops.put(report.factors().get(i).toString(), study.imbalance().dropRates().get(i));
    }
  }
}
