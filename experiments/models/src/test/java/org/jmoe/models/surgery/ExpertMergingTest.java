package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jmoe.layer.RecordingStore;
import org.jmoe.metrics.ExpertSaliency;
import org.jmoe.models.hub.Configs;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.HubModel;
import org.jmoe.models.hub.OwnCheckpointsTest;
import org.jmoe.models.hub.TinyCheckpoint;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariants of merging and pruning. */
final class ExpertMergingTest {
  @TempDir Path folder = Path.of("");

  private HubModel written(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 6);
    return HubModel.open(folder);
  }

  private static int experts(HubModel hub) {
    return new ExpertSurgery(hub).moe().experts();
  }

  /** Replaces expert 1 of every layer by expert 0 with optionally permuted hidden units. */
  private static void copyPermuted(HubModel hub, boolean permuted) {
    Map<String, NDArray> arrays = HubExport.arrays(hub.model(), "");
    arrays.forEach(
        (name, array) -> {
          if (!name.contains("moe/experts/")) {
            return;
          }
          NDArray first = array.get(0);
          String prefix = name.substring(0, name.lastIndexOf('/') + 1);
          long hidden = Objects.requireNonNull(arrays.get(prefix + "out")).getShape().get(1);
          long shift = permuted ? 3 : 0;
          long[] order = LongStream.range(0, hidden).map(h -> (h * 5 + shift) % hidden).toArray();
          if (!permuted) {
            order = LongStream.range(0, hidden).toArray();
          }
          assertEquals(hidden, Arrays.stream(order).distinct().count());
          NDArray rows = array.getManager().create(order);
          NDArray changed =
              name.endsWith("/out")
                  ? first.get(rows)
                  : name.endsWith("out_bias")
                      ? first
                      : first
                          .reshape(-1, hidden)
                          .transpose()
                          .get(rows)
                          .transpose()
                          .reshape(first.getShape());
          array.set(new NDIndex("1"), changed);
        });
  }

  private static ImmutableList<ImmutableLongArray> oneIntoZero(HubModel hub) {
    long[] group = LongStream.range(0, experts(hub)).toArray();
    group[1] = 0;
    return ImmutableList.copyOf(
        Collections.nCopies(hub.plan().routers().size(), ImmutableLongArray.copyOf(group)));
  }

  private static ImmutableList<ImmutableDoubleArray> weights(HubModel hub, double first) {
    double[] weights = new double[experts(hub)];
    Arrays.fill(weights, 1);
    weights[0] = first;
    return ImmutableList.copyOf(
        Collections.nCopies(hub.plan().routers().size(), ImmutableDoubleArray.copyOf(weights)));
  }

  private float[] merged(HubModel hub, String name, boolean aligned, boolean tied) {
    Path target = folder.resolve(name);
    new ExpertMerging(hub, aligned, tied)
        .write(oneIntoZero(hub), weights(hub, 3), new HubExport(target, null));
    try (HubModel after = HubModel.open(target)) {
      return OwnCheckpointsTest.logits(after);
    }
  }

  /** Changes widths that 5 divides and selects more experts per token. */
  private static String even(String config) {
    return config
        .replace("\"intermediate_size\": 10", "\"intermediate_size\": 9")
        .replace("12, \"num_experts_per_tok\": 3", "12, \"num_experts_per_tok\": 9")
        .replace("\"topk_group\": 2", "\"topk_group\": 4");
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void mergingPermutedCopiesChangesNothing(String config) throws IOException {
    try (HubModel hub = written(even(config))) {
      copyPermuted(hub, true);
      float[] before = OwnCheckpointsTest.logits(hub);
      assertArrayEquals(before, merged(hub, "aligned", true, true), 2e-5f);
      float[] plain = merged(hub, "plain", false, true);
      double worst = 0;
      for (int i = 0; i < plain.length; i++) {
        worst = Math.max(worst, Math.abs(plain[i] - before[i]));
      }
      assertFalse(worst < 1e-3, "merging without alignment must change the logits: " + worst);
      copyPermuted(hub, false);
      assertArrayEquals(OwnCheckpointsTest.logits(hub), merged(hub, "equal", false, true), 2e-5f);
    }
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void mergingCopiesIntoOneEqualsPruning(String config) throws IOException {
    String single = even(ExpertSurgeryTest.oneGroup(config));
    try (HubModel hub = written(single)) {
      copyPermuted(hub, true);
      float[] merged = merged(hub, "merged", true, false);
      long[] kept = LongStream.range(0, experts(hub)).filter(e -> e != 1).toArray();
      Path target = folder.resolve("pruned");
      new ExpertSurgery(hub)
          .prune(
              ImmutableList.copyOf(
                  Collections.nCopies(
                      hub.plan().routers().size(), ImmutableLongArray.copyOf(kept))),
              new HubExport(target, null));
      try (HubModel pruned = HubModel.open(target)) {
        assertArrayEquals(OwnCheckpointsTest.logits(pruned), merged, 2e-5f);
      }
    }
  }

  private static NDArray out(HubModel hub) {
    return Objects.requireNonNull(
        HubExport.arrays(hub.model(), "").get("layers/1/moe/experts/out"));
  }

  @Test
  void meansAreWeighted() throws IOException {
    try (HubModel hub = written(Configs.mixtral())) {
      Path target = folder.resolve("mean");
      new ExpertMerging(hub, false, false)
          .write(oneIntoZero(hub), weights(hub, 3), new HubExport(target, null));
      NDArray before = out(hub);
      try (HubModel after = HubModel.open(target)) {
        NDArray mean = out(after);
        assertEquals(4, mean.getShape().get(0));
        float[] a = before.get(0).toFloatArray();
        float[] b = before.get(1).toFloatArray();
        float[] found = mean.get(0).toFloatArray();
        for (int i = 0; i < found.length; i++) {
          assertEquals(0.75 * a[i] + 0.25 * b[i], found[i], 1e-6);
        }
        assertArrayEquals(before.get(4).toFloatArray(), mean.get(3).toFloatArray());
      }
    }
  }

  /** Covers models that normalize over the selected experts, which do not depend on the others. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3_moe", "gpt_oss", "deepseek_v3"})
  void pruningUnusedExpertsChangesNothing(String type) throws IOException {
    String config =
        Configs.all().filter(c -> c.contains("\"" + type + "\"")).findFirst().orElseThrow();
    try (HubModel hub = written(ExpertSurgeryTest.oneGroup(config))) {
      List<ExpertSaliency> layers = new ArrayList<>();
      RecordingStore recording =
          new RecordingStore(new ParameterStore(hub.manager(), false), Seed.of(0))
              .with((layer, pass) -> layers.add(ExpertSaliency.of(pass).orElseThrow()));
      float[] before = logits(hub, recording);
      ImmutableList.Builder<ImmutableLongArray> kept = ImmutableList.builder();
      for (ExpertSaliency saliency : layers) {
        Set<Long> used = new HashSet<>();
        for (int e = 0; e < saliency.served().length(); e++) {
          if (saliency.served().get(e) > 0) {
            used.add((long) e);
          }
        }
        for (long e = 0; used.size() < 4; e++) { // the same number in each layer
          used.add(e);
        }
        List<Long> ids = used.stream().sorted().collect(Collectors.toList());
        assertEquals(4, ids.size());
        kept.add(ImmutableLongArray.copyOf(ids));
      }
      Path target = folder.resolve("pruned");
      new ExpertSurgery(hub).prune(kept.build(), new HubExport(target, null));
      try (HubModel pruned = HubModel.open(target)) {
        ParameterStore ps = new ParameterStore(pruned.manager(), false);
        assertArrayEquals(before, logits(pruned, ps), 2e-6f);
      }
    }
  }

  private static float[] logits(HubModel hub, ParameterStore ps) {
    NDManager manager = hub.manager();
    return NoGrad.get(
        () ->
            hub.model()
                .logits(ps, manager.create(new long[] {7}, new Shape(1, 1)), null, null, false)
                .toFloatArray());
  }
}
