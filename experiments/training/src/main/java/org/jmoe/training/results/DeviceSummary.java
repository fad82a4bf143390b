package org.jmoe.training.results;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.experts.devices.Placement;
import org.jmoe.layer.MoeLayer;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.StepReport;
import org.jmoe.transformer.ModelSpec;

/**
 * How a model was distributed over devices, and the communication volume.
 *
 * @param replicas number of model replicas
 * @param experts experts of each MoE layer that are on each device, by device; a device that does
 *     not share experts lists all
 * @param movedBytes mean bytes per step that the forward pass copies between devices, by path of
 *     the experts, over all replicas; the backward pass copies the same amount
 */
public record DeviceSummary(
    int replicas, Map<String, List<Integer>> experts, Map<String, Long> movedBytes) {
  /** Makes defensive copies. */
  public DeviceSummary {
    experts = ImmutableMap.copyOf(experts);
    movedBytes = ImmutableMap.copyOf(movedBytes);
  }

  /** Summarizes the steps of a run on a device layout. */
  public static DeviceSummary of(DeviceLayout layout, ModelSpec model, List<StepReport> steps) {
    MoeLayer.Spec moe = model.firstMoe().orElse(null);
    Map<String, List<Integer>> experts = new LinkedHashMap<>();
    layout
        .groups()
        .forEach(
            group -> {
              Placement placement = moe == null ? null : layout.placement(group, moe);
              group.forEach(
                  d ->
                      experts.put(
                          d.toString(),
                          placement == null ? List.of() : placement.expertsOn(d).asList()));
            });
    Map<String, Long> moved = new LinkedHashMap<>();
    List<StepReport> counted = steps.stream().filter(s -> !s.movedBytes().isEmpty()).toList();
    counted.forEach(
        s -> s.movedBytes().forEach((layer, bytes) -> moved.merge(layer, bytes, Long::sum)));
    moved.replaceAll((layer, bytes) -> bytes / counted.size());
    return new DeviceSummary(layout.replicas(), experts, moved);
  }
}
