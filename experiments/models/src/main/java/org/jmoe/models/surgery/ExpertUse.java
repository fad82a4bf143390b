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
 * What some data does with the experts of each layer.
 *
 * @param layers first to last
 */
public record ExpertUse(ImmutableList<Layer> layers) {
  /** By what an expert is kept. */
  public enum Criterion {
    /** How many tokens chose it. */
    FREQUENCY,
    /**
     * The mean over its tokens of its weight times the length of its output (REAP, Lasby et al.
     * 2025).
     */
    REAP
  }

  /**
   * A layer's experts.
   *
   * @param saliency of each
   * @param products (E, E) row after row: sums over the tokens of products of two experts' logits
   */
  public record Layer(ExpertSaliency saliency, ImmutableDoubleArray products) {
    /** Number of experts E. */
    public int experts() {
      return saliency.served().length();
    }

    /** How alike two experts' logits are over the tokens, from -1 to 1: their cosine. */
    public double likeness(int a, int b) {
      double lengths = Math.sqrt(product(a, a) * product(b, b));
      return lengths == 0 ? 0 : product(a, b) / lengths;
    }

    private double product(int a, int b) {
      return products.get(a * experts() + b);
    }

    /**
     * The experts of the highest scores, ascending; of equal ones the lower.
     *
     * @throws IllegalArgumentException when there are fewer
     */
    public ImmutableLongArray best(Criterion criterion, int count) {
      if (count < 1 || count > experts()) {
        throw new IllegalArgumentException(
            "%d experts cannot stay where there are %d".formatted(count, experts()));
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

  /** Measures it. */
  public static ExpertUse of(DataPass pass) {
    Map<String, Layer> found = new LinkedHashMap<>();
    pass.run(
        (layer, done) ->
            ExpertSaliency.of(done)
                .ifPresent(
                    saliency ->
                        found.merge(
                            layer.path(),
                            new Layer(saliency, products(done.routing().signals())),
                            ExpertUse::sum)),
        (batch, logits, recording, scope, domains) -> {});
    return new ExpertUse(ImmutableList.copyOf(found.values()));
  }

  private static ImmutableDoubleArray products(RoutingSignals signals) {
    NDArray logits = signals.logits(); // (T, E)
    float[] products = logits.transpose().matMul(logits).toFloatArray(); // (E, E)
    return ImmutableDoubleArray.copyOf(
        IntStream.range(0, products.length).mapToDouble(i -> products[i]));
  }

  private static Layer sum(Layer a, Layer b) {
    return new Layer(
        a.saliency().plus(b.saliency()),
        ImmutableDoubleArray.copyOf(
            IntStream.range(0, a.products().length())
                .mapToDouble(i -> a.products().get(i) + b.products().get(i))));
  }

  /** The best experts of each layer. */
  public ImmutableList<ImmutableLongArray> best(Criterion criterion, int count) {
    return layers.stream()
        .map(layer -> layer.best(criterion, count))
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * For each layer and expert the expert that it is merged into: itself for the most used, for the
   * others the one of those whose logits are most like its own (M-SMoE, Li et al. 2024).
   *
   * @param count experts of each layer that are merged into
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
        .max(Comparator.comparingDouble(e -> layer.likeness(expert, e.intValue())))
        .orElseThrow();
  }
}
