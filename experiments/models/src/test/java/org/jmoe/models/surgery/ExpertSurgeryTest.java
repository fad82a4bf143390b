package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jmoe.io.Json;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.HubSummary;
import org.jmoe.models.hub.OwnCheckpointsTest;
import org.jmoe.models.hub.PlainDecoder;
import org.jmoe.models.hub.TinyCheckpoint;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ExpertSurgeryTest {
  @TempDir Path folder = Path.of("");

  static String oneGroup(String config) {
    return config
        .replace("\"n_group\": 4", "\"n_group\": 1")
        .replace("\"topk_group\": 2", "\"topk_group\": 1");
  }

  /** Makes the widths of experts even. */
  private static String even(String config) {
    return oneGroup(config)
        .replace("\"moe_intermediate_size\": 7", "\"moe_intermediate_size\": 6")
        .replace("\"intermediate_size\": 7", "\"intermediate_size\": 6")
        .replace("\"intermediate_size\": 9", "\"intermediate_size\": 8");
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void splittingChangesNoLogit(String config) throws IOException {
    TinyCheckpoint.write(folder, even(config), 3);
    Path target = folder.resolve("split");
    try (HubModel hub = HubModel.open(folder)) {
      new ExpertSurgery(hub).split(2, new HubExport(target, null));
      try (HubModel split = HubModel.open(target)) {
        assertArrayEquals(OwnCheckpointsTest.logits(hub), OwnCheckpointsTest.logits(split), 2e-5f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void pruningMatchesReferenceWithoutExperts(String config) throws IOException {
    Map<String, float[]> weights = TinyCheckpoint.write(folder, oneGroup(config), 4);
    Path target = folder.resolve("pruned");
    ImmutableLongArray kept = ImmutableLongArray.of(0, 2, 3, 4);
    try (HubModel hub = HubModel.open(folder)) {
      int layers = hub.plan().routers().size();
      new ExpertSurgery(hub)
          .prune(
              ImmutableList.copyOf(Collections.nCopies(layers, kept)), new HubExport(target, null));
    }
    Set<Integer> without = new HashSet<>();
    int experts = HubSummary.of(folder, ModelFamilies.standard()).at("/experts/count").asInt();
    for (int e = 0; e < experts; e++) {
      if (!kept.contains(e)) {
        without.add(e);
      }
    }
    try (HubModel pruned = HubModel.open(target)) {
      PlainDecoder plain =
          new PlainDecoder(Json.plain().readTree(oneGroup(config)), weights, without);
      OwnCheckpointsTest.assertLogits(
          plain.logits(OwnCheckpointsTest.ids()), OwnCheckpointsTest.logits(pruned));
    }
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void keepingAllExpertsChangesNothing(String config) throws IOException {
    TinyCheckpoint.write(folder, oneGroup(config), 5);
    Path target = folder.resolve("same");
    try (HubModel hub = HubModel.open(folder)) {
      int experts = HubSummary.of(folder, ModelFamilies.standard()).at("/experts/count").asInt();
      long[] all = java.util.stream.LongStream.range(0, experts).toArray();
      int layers = hub.plan().routers().size();
      new ExpertSurgery(hub)
          .prune(
              ImmutableList.copyOf(Collections.nCopies(layers, ImmutableLongArray.copyOf(all))),
              new HubExport(target, null));
      try (HubModel same = HubModel.open(target)) {
        assertArrayEquals(OwnCheckpointsTest.logits(hub), OwnCheckpointsTest.logits(same));
      }
      ImmutableList<ImmutableLongArray> few =
          ImmutableList.copyOf(Collections.nCopies(layers, ImmutableLongArray.of(1)));
      HubExport nowhere = new HubExport(folder.resolve("few"), null);
      assertThrows(
          IllegalArgumentException.class, () -> new ExpertSurgery(hub).prune(few, nowhere));
    }
  }
}
