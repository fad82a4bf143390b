package org.jmoe.routing;

import java.util.List;
import java.util.Map;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.published.RouterPresets;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Contract tests of all published routers. */
@ParameterizedClass(name = "{0}")
@MethodSource("names")
final class PublishedRoutersTest extends RouterContract {
  @Parameter String name = "mixtral";

  static List<String> names() {
    return RouterPresets.names();
  }

  @Override
  protected RouterSpec spec(Capacity capacity) {
    RouterPreset preset = RouterPresets.find(name).orElseThrow();
    Capacity ordered = capacity.withOrder(preset.order());
    return preset.spec(preset.values(Map.of(), EXPERTS), ordered);
  }
}
