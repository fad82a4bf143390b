package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.family.ScaleBlocks;
import org.jmoe.models.family.TensorTarget;
import org.jmoe.transformer.ModelSpec;

/**
 * Summary of a published checkpoint from its configuration and the headers of its files. Runs the
 * same checks as loading but does not load any weights.
 */
public final class HubSummary {
  private HubSummary() {}

  /**
   * Describes a folder.
   *
   * @throws org.jmoe.io.DataFormatException if it could not be loaded
   */
  public static ObjectNode of(Path folder, ModelFamilies families) {
    HubPlan plan = families.plan(HubConfig.open(folder));
    try (HubTensors tensors = HubTensors.open(folder)) {
      return describe(folder, plan, HubLoader.check(plan, tensors), tensors);
    }
  }

  private static ObjectNode describe(
      Path folder, HubPlan plan, List<TensorTarget> targets, HubTensors tensors) {
    ModelSpec spec = plan.spec();
    // Transformers counts the correction bias as a buffer.
    long buffers =
        targets.stream()
            .filter(t -> t.name().matches(".*(e_score_correction_bias|expert_bias)"))
            .mapToLong(t -> t.part().size())
            .sum();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("architecture", plan.modelType());
    ObjectNode parameters = node.putObject("parameters");
    parameters.put("total", spec.parameters() - buffers);
    parameters.put("active", spec.activeParameters() - buffers);
    node.put("layers", spec.layerCount());
    node.put("moeLayers", plan.moeLayers().size());
    node.put("width", spec.dim());
    node.put("vocabulary", spec.vocabulary());
    node.put("context", spec.context());
    spec.firstMoe().ifPresent(moe -> experts(node, moe, spec.dim()));
    node.put("capacity", "dropless");
    node.put("normalisation", plan.weighting());
    memory(node.putObject("memory"), spec, targets, tensors, plan.tensors().scaleBlocks());
    node.put("tokenizer", Files.isRegularFile(folder.resolve("tokenizer.json")));
    return node;
  }

  private static void experts(ObjectNode node, MoeLayer.Spec moe, int dim) {
    ObjectNode experts = node.putObject("experts");
    experts.put("count", moe.experts());
    experts.put("perToken", moe.router().activeExperts(moe.experts()));
    experts.put("parametersEach", moe.expert().parametersPerExpert(dim));
    var shared = moe.shared();
    experts.put("sharedParameters", shared == null ? 0 : shared.parameters(dim));
    experts.put("router", moe.router().getClass().getEnclosingClass().getSimpleName());
  }

  private static void memory(
      ObjectNode node,
      ModelSpec spec,
      List<TensorTarget> targets,
      HubTensors tensors,
      ScaleBlocks blocks) {
    TreeMap<String, Long> stored = new TreeMap<>();
    for (TensorTarget target : targets) {
      TensorRows rows = TensorRows.of(target, tensors, blocks);
      stored.merge(rows.form(), rows.storedBytes(), Long::sum);
    }
    ObjectNode types = node.putObject("storedBytes");
    stored.forEach(types::put);
    node.put("loadedBytes", 4 * spec.parameters());
  }
}
