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
 * How a model was spread over devices and what that cost.
 *
 * @param replicas copies of the model
 * @param experts of each MoE layer on each device, in the order of the devices; all of a device
 *     that shares them with none
 * @param movedBytes that the forward pass of a step sends from device to device on average, by the
 *     path of the experts, all copies together; the backward pass sends as much again
 */
public record DeviceSummary(
    int replicas, Map<String, List<Integer>> experts, Map<String, Long> movedBytes) {
  /** Copies the maps. */
  public DeviceSummary {
    experts = ImmutableMap.copyOf(experts);
    movedBytes = ImmutableMap.copyOf(movedBytes);
  }

  /** What the devices of a layout did in the steps. */
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
