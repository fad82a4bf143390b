package org.jmoe.analysis;

import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.NoGrad;
import org.jmoe.training.run.OpenedModel;

/**
 * Routes the same tokens with every checkpoint of a run. At any time it holds the choices of three
 * checkpoints, for at most {@value #MAX_TOKENS} tokens.
 */
public final class CheckpointComparison {
  private static final int MAX_TOKENS = 16_384;

  private final OpenedModel run;
  private final Batches batches;
  private final long count;

  /** Creates a comparison over at most {@code maxBatches} batches, spread evenly over the data. */
  public CheckpointComparison(OpenedModel run, Batches batches, long maxBatches) {
    this.run = run;
    this.batches = batches;
    count =
        Math.min(
            Math.min(maxBatches, batches.perPass()), Math.max(1, MAX_TOKENS / batches.tokens()));
  }

  /**
   * Compares each checkpoint with the next and with the last, by step; empty for fewer than two
   * checkpoints. Soft layers, which send every token to every expert, are left out. Restores the
   * checkpoint that was loaded before.
   */
  public ImmutableList<RoutingStability> measure() {
    List<Long> steps = run.steps(); // ascending
    if (steps.size() < 2) {
      return ImmutableList.of();
    }
    long before = run.step();
    List<RoutingStability> found = new ArrayList<>();
    try {
      Map<String, Chosen> last = Map.of();
      Map<String, Chosen> next = Map.of();
      for (int i = steps.size() - 1; i >= 0; i--) {
        long step = steps.get(i);
        run.use(step);
        Map<String, Chosen> now = NoGrad.get(() -> chosen(run.manager()));
        if (last.isEmpty()) {
          last = now;
        } else {
          compare(found, now, step, next, steps.get(i + 1));
          if (i + 1 < steps.size() - 1) {
            compare(found, now, step, last, steps.get(steps.size() - 1));
          }
        }
        next = now;
      }
    } finally {
      run.use(before);
    }
    found.sort(
        (a, b) ->
            a.from() != b.from() ? Long.compare(a.from(), b.from()) : Long.compare(a.to(), b.to()));
    return ImmutableList.copyOf(found);
  }

  private static void compare(
      List<RoutingStability> found,
      Map<String, Chosen> before,
      long from,
      Map<String, Chosen> after,
      long to) {
    before.forEach(
        (layer, chosen) ->
            found.add(
                RoutingStability.of(
                    layer,
                    chosen.experts(),
                    from,
                    chosen.tokens(),
                    to,
                    Objects.requireNonNull(after.get(layer)).tokens())));
  }

  /** Chosen experts of each token in one layer. */
  private record Chosen(int experts, List<int[]> tokens) {}

  private Map<String, Chosen> chosen(NDManager manager) {
    Map<String, Chosen> layers = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      long number = i * batches.perPass() / count;
      try (Batch batch = batches.ofPass(number);
          NDManager scope = manager.newSubManager()) {
        RecordingStore recording =
            RecordingStore.ofBatch(new ParameterStore(scope, false), number)
                .withSeparator(batch.separator());
        run.model().logits(recording, batch.inputs(scope), null, null, false);
        recording.signals().forEach((layer, signals) -> add(layers, layer, signals));
      }
    }
    return layers;
  }

  private static void add(Map<String, Chosen> layers, String layer, RoutingSignals signals) {
    if (MoeLayer.isInsideExpert(layer) || BatchChoices.isSoft(signals)) {
      return;
    }
    long[] choices = signals.choices().toLongArray(); // (T * K)
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    Chosen chosen =
        layers.computeIfAbsent(layer, l -> new Chosen(signals.experts(), new ArrayList<>()));
    for (int at = 0; at < choices.length; at += k) {
      chosen.tokens().add(Arrays.stream(choices, at, at + k).mapToInt(e -> (int) e).toArray());
    }
  }
}
