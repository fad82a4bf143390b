package org.jmoe.analysis;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;

/**
 * Pairwise similarity of the experts of a layer. Experts that differ only by a permutation of their
 * hidden units have dissimilar weights and equal outputs, so outputs are the better measure.
 *
 * @param weights (E, E) cosine similarities of the experts' stacked parameters; empty if the
 *     experts are not stacked, as in hierarchical layers, or are quantised
 * @param outputs (E, E) mean cosine similarities of two experts' outputs for the same tokens
 */
public record ExpertSimilarity(
    ImmutableList<ImmutableDoubleArray> weights, ImmutableList<ImmutableDoubleArray> outputs) {
  private static final int BATCHES = 8;
  private static final int TOKENS = 32; // per batch

  /**
   * Returns the cosine similarity of two experts' weights; NaN if undefined, as for an expert
   * without weights.
   */
  public double ofWeights(int a, int b) {
    return at(weights, a, b);
  }

  /**
   * Returns the cosine similarity of two experts' outputs; NaN for an expert that only returns the
   * token.
   */
  public double ofOutputs(int a, int b) {
    return at(outputs, a, b);
  }

  private static double at(ImmutableList<ImmutableDoubleArray> cosines, int a, int b) {
    return Math.max(a, b) < cosines.size() ? cosines.get(a).get(b) : Double.NaN;
  }

  /** Measures every layer, by path, on up to 256 tokens spread over the data. */
  public static Map<String, ExpertSimilarity> of(
      LanguageModel model, NDManager manager, Batches batches) {
    return NoGrad.get(
        () -> {
          Map<String, double[][]> sums = new LinkedHashMap<>();
          long count = Math.min(BATCHES, batches.perPass());
          for (long i = 0; i < count; i++) {
            try (Batch batch = batches.ofPass(i * batches.perPass() / count);
                NDManager scope = manager.newSubManager()) {
              ParameterStore ps = new ParameterStore(scope, false);
              RecordingStore recording =
                  new RecordingStore(ps, Seed.of(0))
                      .withSeparator(batch.separator())
                      .with((layer, pass) -> addOutputs(sums, ps, layer, pass));
              model.logits(recording, batch.inputs(scope), null, null, false);
            }
          }
          Map<String, ExpertSimilarity> similarities = new LinkedHashMap<>();
          sums.forEach(
              (layer, sum) ->
                  similarities.put(
                      layer,
                      new ExpertSimilarity(
                          weights(model, manager, layer, sum.length), scaled(sum, sum[0][0]))));
          return similarities;
        });
  }

  /**
   * Accumulates the cosine similarities of all pairs of experts on a sample of tokens; the diagonal
   * counts tokens.
   */
  private static void addOutputs(
      Map<String, double[][]> sums, ParameterStore ps, MoeLayer layer, LayerPass pass) {
    if (MoeLayer.isInsideExpert(layer.path())) {
      return;
    }
    long all = pass.tokens().getShape().get(0);
    NDArray some = // (t, D)
        pass.tokens().get("::%d".formatted(Math.max(1, all / TOKENS)));
    NDArray outputs = layer.everyExpert(ps, some); // (E, t, D)
    int experts = Math.toIntExact(outputs.getShape().get(0));
    NDArray products = // (t, E, E)
        outputs.transpose(1, 0, 2).matMul(outputs.transpose(1, 2, 0));
    float[] numbers = products.toFloatArray();
    double[][] sum = sums.computeIfAbsent(layer.path(), p -> new double[experts][experts]);
    for (int at = 0; at < numbers.length; at += experts * experts) {
      for (int a = 0; a < experts; a++) {
        for (int b = 0; b < experts; b++) {
          double lengths =
              Math.sqrt(numbers[at + a * experts + a]) * Math.sqrt(numbers[at + b * experts + b]);
          sum[a][b] += a == b ? 1 : lengths == 0 ? 0 : numbers[at + a * experts + b] / lengths;
        }
      }
    }
  }

  private static ImmutableList<ImmutableDoubleArray> weights(
      LanguageModel model, NDManager manager, String layer, int experts) {
    double[][] gram = new double[experts][experts];
    for (Parameter parameter : model.getParameters().values()) {
      NDArray stack = parameter.getArray(); // (E, ..)
      // Parameters nested deeper belong to one expert or are common to all.
      if (parameter.getName().matches(Pattern.quote(layer + "/experts/") + "[^/]+")
          && stack.getShape().get(0) == experts) {
        if (stack.getDataType() != DataType.FLOAT32) {
          return ImmutableList.of(); // quantised codes have no direction
        }
        addProducts(gram, stack, manager);
      }
    }
    if (gram[0][0] == 0) {
      return ImmutableList.of();
    }
    double[][] cosines = new double[experts][experts];
    for (int a = 0; a < experts; a++) {
      for (int b = 0; b < experts; b++) {
        double lengths = Math.sqrt(gram[a][a]) * Math.sqrt(gram[b][b]);
        cosines[a][b] = a == b ? 1 : lengths == 0 ? 0 : gram[a][b] / lengths;
      }
    }
    return scaled(cosines, 1);
  }

  private static void addProducts(double[][] gram, NDArray stack, NDManager manager) {
    int experts = gram.length;
    try (NDManager scope = manager.newSubManager()) {
      NDArray flat = stack.reshape(new Shape(experts, stack.size() / experts)); // (E, P)
      flat.attach(scope);
      NDArray turned = flat.transpose(); // (P, E)
      turned.attach(scope);
      float[] products = flat.matMul(turned).toFloatArray(); // (E, E)
      for (int i = 0; i < products.length; i++) {
        gram[i / experts][i % experts] += products[i];
      }
    }
  }

  private static ImmutableList<ImmutableDoubleArray> scaled(double[][] sums, double count) {
    return Arrays.stream(sums)
        .map(row -> ImmutableDoubleArray.copyOf(Arrays.stream(row).map(x -> x / count)))
        .collect(ImmutableList.toImmutableList());
  }
}
