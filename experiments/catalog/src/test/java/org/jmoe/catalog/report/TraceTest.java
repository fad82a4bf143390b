package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jmoe.analysis.Planted;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.analysis.trace.Trace;
import org.jmoe.analysis.trace.TraceTable;
import org.jmoe.analysis.trace.TracedChoice;
import org.jmoe.analysis.trace.TracedLayer;
import org.jmoe.analysis.trace.TracedToken;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.Json;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.models.hub.HubModel;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceTest {
  @TempDir Path folder = Path.of("");

  private static ImmutableList<ImmutableLongArray> ids(long... row) {
    return ImmutableList.of(ImmutableLongArray.copyOf(row));
  }

  /** Choices returned by Transformers' routers for the same ids. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen2_moe", "qwen3_moe", "olmoe", "deepseek_v3", "gpt_oss"})
  void publishedCheckpointsRouteAsUpstream(String architecture) throws IOException {
    Path checkpoint = Shared.path("fixtures/hf/" + architecture);
    JsonNode expected = Json.plain().readTree(checkpoint.resolve("expected.json").toFile());
    ImmutableList.Builder<ImmutableLongArray> rows = ImmutableList.builder();
    for (JsonNode row : expected.get("input_ids")) {
      ImmutableLongArray.Builder ids = ImmutableLongArray.builder();
      row.forEach(id -> ids.add(id.longValue()));
      rows.add(ids.build());
    }
    try (HubModel hub = HubModel.open(checkpoint)) {
      Trace trace = Trace.of(hub.model(), hub.manager(), rows.build(), ImmutableList.of());
      JsonNode routers = expected.get("router_outputs");
      assertEquals(routers.size(), trace.layers().size());
      for (int l = 0; l < routers.size(); l++) {
        JsonNode weights = routers.get(l).get("tensors").get(1);
        JsonNode indices = routers.get(l).get("tensors").get(2);
        TracedLayer layer = trace.layers().get(l);
        assertEquals(indices.size(), layer.tokens().size());
        for (int t = 0; t < indices.size(); t++) {
          Map<Integer, Double> theirs = new TreeMap<>();
          for (int i = 0; i < indices.get(t).size(); i++) {
            theirs.put(indices.get(t).get(i).intValue(), weights.get(t).get(i).doubleValue());
          }
          Map<Integer, Double> ours = new TreeMap<>();
          layer.tokens().get(t).choices().forEach(c -> ours.put(c.expert(), c.weight()));
          assertEquals(theirs.keySet(), ours.keySet(), layer.layer() + " token " + t);
          theirs.forEach(
              (e, weight) -> assertEquals(weight, Objects.requireNonNull(ours.get(e)), 2e-5));
          assertEquals(1, layer.tokens().get(t).total(), 1e-4);
        }
      }
    }
  }

  /**
   * Hashing makes the entire trace known: the expert is the id mod 4 and provides the entire
   * output.
   */
  @Test
  void tracesHashRouter() throws IOException {
    try (Planted planted = new Planted(folder, HashRouter.Spec.of())) {
      Trace trace = Trace.of(planted.model, planted.manager, ids(5, 2, 11), ImmutableList.of());
      TracedLayer layer = trace.layers().get(0);
      assertEquals(4, layer.experts());
      assertFalse(layer.hasShared());
      int[] experts = {1, 2, 3};
      for (int t = 0; t < 3; t++) {
        TracedToken token = layer.tokens().get(t);
        assertEquals(t, token.position());
        TracedChoice choice = token.choices().get(0);
        assertEquals(experts[t], choice.expert());
        assertEquals(1, choice.weight(), 1e-6);
        assertEquals(1, choice.share(), 1e-6);
        assertTrue(choice.kept());
      }
      Path file = folder.resolve("trace.arrow");
      TraceTable.write(trace, TokenTexts.unknown(), file);
      assertEquals(List.of(1L, 2L, 3L), ArrowRead.column(file, "expert"));
      assertEquals(List.of("#5", "#2", "#11"), ArrowRead.column(file, "text"));
      TraceGraph graph = new TraceGraph(trace, TokenTexts.unknown(), 2);
      String dot = graph.dot();
      assertTrue(dot.contains("t0_0 -> l0_e1 ") && dot.contains("l0_e2 -> t1_1 "), dot);
      assertFalse(dot.contains("e3"), "the third token is not drawn");
      assertTrue(graph.mermaid().contains("t0_1 -->|\"1.00\"| l0_e2"), graph.mermaid());
    }
  }

  /** One slot per expert in training and evaluation: of equal tokens only the first is served. */
  @Test
  void showsDroppedTokens() {
    try (Planted planted =
        new Planted(
            folder, new HashRouter.Spec(1, ImmutableLongArray.of(), false, Capacity.fixed(1)))) {
      Trace trace = Trace.of(planted.model, planted.manager, ids(6, 6), ImmutableList.of());
      List<TracedToken> tokens = trace.layers().get(0).tokens();
      assertTrue(tokens.get(0).choices().get(0).kept());
      assertFalse(tokens.get(1).choices().get(0).kept());
      assertEquals(0, tokens.get(1).total());
      String dot = new TraceGraph(trace, TokenTexts.unknown(), 8).dot();
      assertTrue(dot.contains("1.00 dropped"), dot);
    }
  }

  @Test
  void paddingHasNoExperts() {
    try (Planted planted = new Planted(folder, TopKRouter.Spec.of(2))) {
      ImmutableList<ImmutableLongArray> mask = ids(0, 1, 1);
      Trace trace = Trace.of(planted.model, planted.manager, ids(0, 3, 4), mask);
      List<TracedToken> tokens = trace.layers().get(0).tokens();
      assertEquals(0, tokens.get(0).choices().size());
      assertEquals(2, tokens.get(1).choices().size());
      assertEquals(1, tokens.get(1).total(), 1e-5);
    }
  }

  @Test
  void rejectsEmptyTraces() {
    try (Planted planted = new Planted(folder, TopKRouter.Spec.of(2))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Trace.of(planted.model, planted.manager, ImmutableList.of(), ImmutableList.of()));
      assertThrows(
          IllegalArgumentException.class,
          () -> Trace.of(planted.model, planted.manager, ids(), ImmutableList.of()));
    }
  }
}
