package org.jmoe.experiments.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.jmoe.experiments.data.Shared;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * flaxformer's {@code routing_test.py}. Its probabilities are rounded to bfloat16, so that
 * logarithms of them stand for the logits; the z-loss is held against the logits in float32.
 */
final class FlaxformerCasesTest {
  private static JsonNode fixture(String name) throws IOException {
    return new ObjectMapper()
        .readTree(Shared.path("fixtures/flaxformer_routing.json").toFile())
        .get(name);
  }

  @ParameterizedTest
  @CsvSource({
    "scatter_top1_bpr, 1.9064431",
    "scatter_top1_nobpr, 1.9064431",
    "scatter_top2_bpr, 1.9064431",
    "mask_top1_bpr, .4789761",
    "mask_top2_bpr, 1.2696176",
    "expert_choice, .5070454",
    "pad_mask_top2, .48541257",
    "pad_scatter_top2, .48541257",
    "pad_expert_choice, .48541257"
  })
  void zLoss(String name, double expected) throws IOException {
    JsonNode fixture = fixture(name);
    StringBuilder rows = new StringBuilder();
    StringBuilder padding = new StringBuilder();
    for (int g = 0; g < 2; g++) {
      for (JsonNode row : fixture.get("router_logits").get(g)) {
        rows.append(rows.isEmpty() ? "" : ",").append(row);
      }
      for (JsonNode real : List.copyOf(padding(fixture, g))) {
        padding.append(padding.isEmpty() ? "" : ",").append(real.asDouble() == 0);
      }
    }
    String mask = padding.isEmpty() ? "" : ",'padding':[" + padding + "]";
    Routed routed =
        Routed.of("'preset':'switch','losses':['z-flaxformer'],'logits':[" + rows + "]" + mask);
    assertEquals(expected, routed.loss("z-flaxformer"), 1e-6);
  }

  private static List<JsonNode> padding(JsonNode fixture, int group) {
    JsonNode mask = fixture.get("padding_mask");
    return mask.isNull()
        ? List.of()
        : java.util.stream.StreamSupport.stream(mask.get(group).spliterator(), false).toList();
  }
}
