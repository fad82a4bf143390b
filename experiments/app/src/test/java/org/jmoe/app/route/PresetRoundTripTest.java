package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jmoe.routing.published.LossPresets;
import org.jmoe.routing.published.RouterPresets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every preset with defaults, then again with the field values of the reply. */
final class PresetRoundTripTest {
  static List<String> names() {
    return RouterPresets.names();
  }

  private static String input(String name) {
    return name.equals("soft-moe")
        ? "'tokens':[[1,0],[0,2],[1,1],[-1,3]],'phi':[[[1],[0.5]],[[0],[-1]]]"
        : "'tokenIds':[0,1,2,3,4,5],'logits':" + Routed.L;
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyPreset(String name) {
    String losses = String.join("','", LossPresets.all().keySet());
    String keys = "'preset':'" + name + "','losses':['" + losses + "']," + input(name);
    Routed routed = Routed.of(keys);
    for (JsonNode value : routed.reply().get("losses")) {
      assertTrue(Double.isFinite(value.asDouble()) && value.asDouble() >= 0, name);
    }
    StringBuilder again = new StringBuilder(keys);
    JsonNode fields = routed.reply().get("fields");
    fields
        .properties()
        .forEach(f -> again.append(",'").append(f.getKey()).append("':").append(f.getValue()));
    assertEquals(routed.reply(), Routed.of(again.toString()).reply());
  }

  @Test
  void presetNamesAreDistinct() {
    assertEquals(53, RouterPresets.names().size());
    assertEquals(53, RouterPresets.names().stream().distinct().count());
  }
}
