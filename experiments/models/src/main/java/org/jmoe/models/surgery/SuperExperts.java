package org.jmoe.models.surgery;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jmoe.layer.MoeLayer;
import org.jmoe.metrics.ExpertPeaks;
import org.jmoe.transformer.LanguageModel;

/**
 * Super experts (Su et al. 2025, Unveiling Super Experts in Mixture-of-Experts Large Language
 * Models, arXiv 2507.23279, section 3; {@code eval_utils.py} of the authors): the few experts with
 * extreme elements in their outputs, which cause massive activations. An expert is one if the
 * largest absolute element of its outputs is above the 99.5th percentile over the experts of the
 * first three quarters of the layers, and above a tenth of the largest. (The code rounds that tenth
 * down to an integer.)
 *
 * @param found largest element first
 */
public record SuperExperts(ImmutableList<Found> found) {
  private static final double PERCENTILE = 0.995;
  private static final double SHARE_OF_LARGEST = 0.1;
  private static final double LAYERS = 0.75;

  /**
   * One expert.
   *
   * @param layer index of the layer in the model
   * @param expert index of the expert
   * @param largest absolute element of its outputs
   */
  public record Found(int layer, int expert, double largest) {}

  /** Measures a model over data and finds its super experts. */
  public static SuperExperts of(DataPass pass) {
    LanguageModel model = pass.model();
    Map<Integer, ExpertPeaks> peaks = new TreeMap<>();
    pass.run(
        (layer, done) ->
            ExpertPeaks.of(done)
                .ifPresent(peak -> peaks.merge(index(layer), peak, ExpertPeaks::max)),
        (batch, logits, recording, scope, domains) -> {});
    return of(ImmutableSortedMap.copyOf(peaks), model.spec().layerCount());
  }

  /** Returns the index of a layer, such as 3 for {@code model/layers/3/moe}. */
  private static int index(MoeLayer layer) {
    String[] parts = layer.path().split("/", -1);
    for (int i = 1; i < parts.length; i++) {
      if (parts[i - 1].equals("layers")) {
        return Integer.parseInt(parts[i]);
      }
    }
    throw new IllegalArgumentException(layer.path() + " is not a layer of a language model");
  }

  /**
   * Finds the super experts among measured ones.
   *
   * @param peaks of the experts of each MoE layer, by the index of the layer
   * @param layers number of layers of the model, including dense ones
   */
  public static SuperExperts of(ImmutableSortedMap<Integer, ExpertPeaks> peaks, int layers) {
    ImmutableList<Found> all =
        peaks.headMap(Math.toIntExact(Math.round(LAYERS * layers))).entrySet().stream()
            .flatMap(
                layer ->
                    IntStream.range(0, layer.getValue().largest().length())
                        .mapToObj(
                            e -> new Found(layer.getKey(), e, layer.getValue().largest().get(e))))
            .sorted(Comparator.comparingDouble(Found::largest).reversed())
            .collect(ImmutableList.toImmutableList());
    if (all.isEmpty()) {
      return new SuperExperts(all);
    }
    double above = Math.max(percentile(all), SHARE_OF_LARGEST * all.get(0).largest());
    return new SuperExperts(
        all.stream().filter(f -> f.largest() > above).collect(ImmutableList.toImmutableList()));
  }

  /** Returns the percentile with linear interpolation, as NumPy, of values in falling order. */
  private static double percentile(ImmutableList<Found> falling) {
    double at = (1 - PERCENTILE) * (falling.size() - 1);
    int upper = (int) Math.floor(at);
    int lower = Math.min(falling.size() - 1, upper + 1);
    double high = falling.get(upper).largest();
    return high - (at - upper) * (high - falling.get(lower).largest());
  }
}
