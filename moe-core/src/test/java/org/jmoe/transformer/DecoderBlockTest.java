package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jmoe.block.Norm;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.ReferenceFeedForward;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A block compared with plain loops. */
final class DecoderBlockTest {
  private static final int LENGTH = 5;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @ParameterizedTest
  @CsvSource({
    "RMS, false, 4, true, 0, false",
    "RMS, false, 2, true, 1, false",
    "LAYER, true, 1, true, 1, true",
    "LAYER, true, 4, false, 0, true",
    "RMS, false, 2, false, 1, true",
  })
  void equalsTheLoops(
      Norm.Kind norm, boolean learned, int kvHeads, boolean causal, int layer, boolean padded) {
    ModelSpec spec = TinySpecs.of(norm, learned, kvHeads, causal, false, TinySpecs.moe());
    DecoderBlock block =
        new DecoderBlock(spec, spec.blocks().get(layer), layer, Seed.of(3).child("block"));
    block.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, LENGTH, TinySpecs.DIM));
    drawGainsAndBiases(block);
    NDArray x = Tensors.random(scope.manager(), 4, 1, LENGTH, TinySpecs.DIM); // (B, S, D)
    boolean[] padding = {false, false, false, true, true};
    NDList inputs = new NDList(x);
    if (padded) {
      NDArray mask = scope.manager().create(padding, new Shape(1, LENGTH)); // (B, S)
      mask.setName("padding");
      inputs.add(mask);
    }
    NDArray y = block.forward(new ParameterStore(scope.manager(), false), inputs, false).head();
    double[][] expected =
        expected(
            block,
            spec,
            layer,
            Tensors.rows(Tensors.doubles(x), TinySpecs.DIM),
            padded ? padding : null);
    Tensors.assertClose(Tensors.flat(expected), y, 1e-12);
  }

  /** Gains of one and biases of zero would hide errors. */
  private void drawGainsAndBiases(DecoderBlock block) {
    for (Parameter parameter : block.getParameters().values()) {
      if (parameter.getType() != Parameter.Type.WEIGHT) {
        NDArray array = parameter.getArray();
        NDArray drawn = Tensors.random(scope.manager(), 9, array.getShape().getShape());
        FusedUpdates.copyAll(List.of(array), List.of(drawn));
      }
    }
  }

  private static double[][] expected(
      DecoderBlock block, ModelSpec spec, int layer, double[][] x, boolean @Nullable [] padding) {
    ReferenceAttention attention =
        new ReferenceAttention(
            spec,
            Tensors.rows(Blocks.parameter(block, "attention/in")),
            Tensors.rows(Blocks.parameter(block, "attention/out")));
    double[][] h = sum(x, attention.of(norm(block, spec, "/attention_norm", x), padding));
    double[][] normed = norm(block, spec, "/feed_forward_norm", h);
    return sum(h, layer == 0 ? dense(block, normed) : moe(block, normed, padding));
  }

  private static double[][] dense(DecoderBlock block, double[][] x) {
    ReferenceFeedForward feedForward =
        feedForward(
            Blocks.parameter(block, "feed_forward/in"),
            Blocks.parameter(block, "feed_forward/out"));
    return map(x, feedForward::of);
  }

  private static double[][] moe(DecoderBlock block, double[][] x, boolean @Nullable [] padding) {
    double[][] probs =
        ReferenceMoe.probabilities(x, Tensors.rows(Blocks.parameter(block, "router/gate")));
    int[][] choices = ReferenceMoe.topK(probs, 2);
    double[][] weights = ReferenceMoe.weights(probs, choices, true);
    boolean[][] kept = new boolean[x.length][2];
    for (int s = 0; s < x.length; s++) {
      boolean served = padding == null || !padding[s];
      kept[s][0] = served;
      kept[s][1] = served;
    }
    ReferenceFeedForward[] experts = new ReferenceFeedForward[4];
    for (int e = 0; e < experts.length; e++) {
      experts[e] =
          feedForward(
              Blocks.parameter(block, "experts/in").get(e),
              Blocks.parameter(block, "experts/out").get(e));
    }
    return ReferenceMoe.combine(x, choices, weights, kept, experts);
  }

  private static ReferenceFeedForward feedForward(NDArray in, NDArray out) {
    return new ReferenceFeedForward(
        Activation.SWIGLU, Tensors.rows(in), new double[0], Tensors.rows(out), new double[0]);
  }

  private static double[][] norm(DecoderBlock block, ModelSpec spec, String name, double[][] x) {
    double[] gain = Tensors.doubles(Blocks.parameter(block, name + "/gain"));
    if (spec.norm().kind() == Norm.Kind.RMS) {
      return map(x, row -> scaled(row, 0, gain, new double[gain.length]));
    }
    double[] bias = Tensors.doubles(Blocks.parameter(block, name + "/bias"));
    return map(x, row -> scaled(row, Arrays.stream(row).average().orElse(0), gain, bias));
  }

  private static double[] scaled(double[] row, double mean, double[] gain, double[] bias) {
    double squares = 0;
    for (double number : row) {
      squares += (number - mean) * (number - mean) / row.length;
    }
    double[] y = new double[row.length];
    for (int d = 0; d < y.length; d++) {
      y[d] = (row[d] - mean) / Math.sqrt(squares + 1e-5) * gain[d] + bias[d];
    }
    return y;
  }

  private static double[][] map(double[][] x, UnaryOperator<double[]> f) {
    double[][] y = new double[x.length][];
    for (int s = 0; s < x.length; s++) {
      y[s] = f.apply(x[s]);
    }
    return y;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int s = 0; s < a.length; s++) {
      for (int d = 0; d < a[s].length; d++) {
        sum[s][d] = a[s][d] + b[s][d];
      }
    }
    return sum;
  }
}
