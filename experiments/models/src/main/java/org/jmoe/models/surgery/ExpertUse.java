package org.jmoe.models.surgery;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.ExpertSaliency;

/**
 * Usage statistics of the experts of each layer on some data.
 *
 * @param layers statistics of the MoE layers in order
 */
public record ExpertUse(ImmutableList<Layer> layers) {
  /** Criterion by which experts are kept. */
  public enum Criterion {
    /** Number of tokens routed to the expert. */
    FREQUENCY,
    /**
     * Mean over its tokens of the router weight times the norm of the expert output (REAP, Lasby et
     * al. 2025).
     */
    REAP
  }

  /**
   * Statistics of the experts of a layer.
   *
   * @param saliency saliency of each expert
   * @param gram Gram matrix of the router logits over tokens, (E, E) in row-major order
   */
  public record Layer(ExpertSaliency saliency, ImmutableDoubleArray gram) {
    /** Returns the number of experts E. */
    public int experts() {
      return saliency.served().length();
    }

    /** Returns the cosine similarity of the router logits of two experts over tokens. */
    public double similarity(int a, int b) {
      double lengths = Math.sqrt(product(a, a) * product(b, b));
      return lengths == 0 ? 0 : product(a, b) / lengths;
    }

    private double product(int a, int b) {
      return gram.get(a * experts() + b);
    }

    /**
     * Returns the indices of the experts with the highest scores, ascending. Lower indices win
     * ties.
     *
     * @throws IllegalArgumentException if there are fewer
     */
    public ImmutableLongArray best(Criterion criterion, int count) {
      if (count < 1 || count > experts()) {
        throw new IllegalArgumentException(
            "Cannot keep %d of %d experts; use a number from 1 to %d."
                .formatted(count, experts(), experts()));
      }
      ImmutableDoubleArray score =
          switch (criterion) {
            case FREQUENCY -> saliency.served();
            case REAP -> saliency.mean();
          };
      ToDoubleFunction<Long> least = e -> -score.get(e.intValue());
      return ImmutableLongArray.copyOf(
          LongStream.range(0, experts())
              .boxed()
              .sorted(Comparator.comparingDouble(least))
              .limit(count)
              .mapToLong(Long::longValue)
              .sorted());
    }
  }

  /** Computes the statistics of a pass. */
  public static ExpertUse of(DataPass pass) {
    Map<String, Layer> found = new LinkedHashMap<>();
    pass.run(
        (layer, done) ->
            ExpertSaliency.of(done)
                .ifPresent(
                    saliency ->
                        found.merge(
                            layer.path(),
                            new Layer(saliency, gram(done.routing().signals())),
                            ExpertUse::sum)),
        (batch, logits, recording, scope, domains) -> {});
    return new ExpertUse(ImmutableList.copyOf(found.values()));
  }

  private static ImmutableDoubleArray gram(RoutingSignals signals) {
    NDArray logits = signals.logits(); // (T, E)
    float[] gram = logits.transpose().matMul(logits).toFloatArray(); // (E, E)
    return ImmutableDoubleArray.copyOf(IntStream.range(0, gram.length).mapToDouble(i -> gram[i]));
  }

  private static Layer sum(Layer a, Layer b) {
    return new Layer(
        a.saliency().plus(b.saliency()),
        ImmutableDoubleArray.copyOf(
            IntStream.range(0, a.gram().length())
                .mapToDouble(i -> a.gram().get(i) + b.gram().get(i))));
  }

  /** Returns the best experts of each layer. */
  public ImmutableList<ImmutableLongArray> best(Criterion criterion, int count) {
    return layers.stream()
        .map(layer -> layer.best(criterion, count))
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Returns, for each layer and expert, the expert it is merged into. The most used experts are
   * kept; every other expert is merged into the kept expert with the most similar router logits
   * (M-SMoE, Li et al. 2024).
   *
   * @param count number of experts to keep per layer
   */
  public ImmutableList<ImmutableLongArray> groups(int count) {
    List<ImmutableLongArray> groups = new ArrayList<>();
    for (Layer layer : layers) {
      ImmutableLongArray kept = layer.best(Criterion.FREQUENCY, count);
      groups.add(
          ImmutableLongArray.copyOf(
              LongStream.range(0, layer.experts()).map(e -> nearest(layer, kept, (int) e))));
    }
    return ImmutableList.copyOf(groups);
  }

  private static long nearest(Layer layer, ImmutableLongArray kept, int expert) {
    if (kept.contains(expert)) {
      return expert;
    }
    return kept.stream()
        .boxed()
        .max(Comparator.comparingDouble(e -> layer.similarity(expert, e.intValue())))
        .orElseThrow();
  }
}
