package org.jmoe.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Errors;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MoeLayerTest {
  private static final int DIM = 4;
  private static final Activation GELU = Activation.GELU;

  @RegisterExtension final BatchScope scope = new BatchScope();

  private static MoeLayer.Spec spec(int experts, int k) {
    return new MoeLayer.Spec(
        experts,
        new PlainRouter.Spec(k, false, Capacity.dropless()),
        new PlainExperts.Spec(6, GELU, true));
  }

  private MoeLayer layer(int experts, int k) {
    return initialized(spec(experts, k).build(DIM, Seed.of(1).child("moe")), DataType.FLOAT64);
  }

  private MoeLayer initialized(MoeLayer layer, DataType type) {
    layer.initialize(scope.manager(), type, new Shape(1, DIM));
    return layer;
  }

  private static FeedForwardWeights expert(MoeLayer layer, int e) {
    return FeedForwardWeights.of(
        GELU,
        Blocks.parameter(layer, "/in").get(e),
        Blocks.parameter(layer, "in_bias").get(e),
        Blocks.parameter(layer, "/out").get(e),
        Blocks.parameter(layer, "out_bias").get(e));
  }

  @Test
  void sequencesAreFlattenedToTokens() {
    MoeLayer layer = layer(3, 2);
    NDArray x = Tensors.random(scope.manager(), 1, 2, 5, DIM); // (B, S, D)
    NDArray y = Blocks.infer(layer, x); // (B, S, D)
    assertEquals(x.getShape(), y.getShape());
    NDArray flat = Blocks.infer(layer, x.reshape(10, DIM)); // (T, D)
    assertArrayEquals(flat.toDoubleArray(), y.toDoubleArray());
  }

  @ParameterizedTest
  @CsvSource({"0 4", "2 0 4", "0 5 4"})
  void noTokensGiveNoOutput(String sizes) {
    Shape shape = new Shape(longs(sizes));
    NDArray none = scope.manager().zeros(shape, DataType.FLOAT64);
    assertEquals(shape, Blocks.infer(layer(3, 2), none).getShape());
  }

  private static long[] longs(String text) {
    return Stream.of(text.split(" ", -1)).mapToLong(Long::parseLong).toArray();
  }

  @Test
  void oneExpertIsADenseFeedForward() {
    MoeLayer layer = layer(1, 1);
    NDArray x = Tensors.random(scope.manager(), 1, 7, DIM); // (T, D)
    double[] dense = ExpertOps.feedForward(x, expert(layer, 0)).toDoubleArray();
    Tensors.assertClose(dense, Blocks.infer(layer, x), 1e-14);
  }

  @Test
  void allExpertsEqualTheDenseMixture() {
    MoeLayer layer = layer(3, 3);
    NDArray x = Tensors.random(scope.manager(), 1, 7, DIM); // (T, D)
    NDArray probs = Ops.softmax(x.matMul(Blocks.parameter(layer, "gate"))); // (T, E)
    NDArray mixture = x.zerosLike(); // (T, D)
    for (int e = 0; e < 3; e++) {
      NDArray weight = probs.get(":, " + e).expandDims(1); // (T, 1)
      mixture = mixture.add(ExpertOps.feedForward(x, expert(layer, e)).mul(weight)); // (T, D)
    }
    Tensors.assertClose(mixture.toDoubleArray(), Blocks.infer(layer, x), 1e-14);
  }

  @Test
  void paddingIsNeitherRoutedNorCounted() {
    MoeLayer layer = layer(3, 2);
    NDArray x = Tensors.random(scope.manager(), 1, 2, 3, DIM); // (B, S, D)
    NDArray padding =
        scope
            .manager()
            .create(
                new boolean[] {false, false, true, false, true, true}, new Shape(2, 3)); // (B, S)
    padding.setName("padding");
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(0));
    NDArray y = layer.forward(recording, new NDList(x, padding), false).singletonOrThrow();
    double[] expected = Blocks.infer(layer, x).toDoubleArray();
    for (int token : new int[] {2, 4, 5}) {
      for (int d = 0; d < DIM; d++) {
        expected[token * DIM + d] = 0;
      }
    }
    Tensors.assertClose(expected, y, 1e-14);
    RoutingSignals signals = recording.signals().values().iterator().next();
    assertEquals(3 * 2, signals.counts().sum().getLong());
    assertEquals(3 * 2, Ops.cast(signals.kept(), DataType.INT64).sum().getLong());
  }

  @Test
  void savesAndLoads() throws IOException, MalformedModelException {
    MoeLayer saved = layer(3, 2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    saved.saveParameters(new DataOutputStream(bytes));
    MoeLayer loaded = spec(3, 2).build(DIM, Seed.of(2).child("moe"));
    loaded.loadParameters(
        scope.manager(), new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    NDArray x = Tensors.random(scope.manager(), 1, 7, DIM); // (T, D)
    assertArrayEquals(
        Blocks.infer(saved, x).toDoubleArray(), Blocks.infer(loaded, x).toDoubleArray());
  }

  @Test
  void expertWeightsDoNotDependOnTheRouter() {
    MoeLayer one = layer(3, 1);
    MoeLayer.Spec other =
        new MoeLayer.Spec(
            3,
            new PlainRouter.Spec(3, true, Capacity.factor(1)),
            new PlainExperts.Spec(6, GELU, true));
    MoeLayer two = initialized(other.build(DIM, Seed.of(1).child("moe")), DataType.FLOAT64);
    assertArrayEquals(
        Blocks.parameter(one, "/in").toDoubleArray(), Blocks.parameter(two, "/in").toDoubleArray());
  }

  @Test
  void countsItsParameters() {
    assertEquals(Blocks.count(layer(3, 2)), spec(3, 2).parameters(DIM));
    // Two of three experts; an expert has 4 * 6 + 6 + 6 * 4 + 4 parameters.
    assertEquals(spec(3, 2).parameters(DIM) - 58, spec(3, 2).activeParameters(DIM));
  }

  @Test
  void halfPrecisionRoutesInFloat32() {
    MoeLayer half = initialized(spec(3, 2).build(DIM, Seed.of(1).child("moe")), DataType.FLOAT16);
    NDArray x = Ops.cast(Tensors.random(scope.manager(), 1, 7, DIM), DataType.FLOAT16); // (T, D)
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(0));
    NDArray y = Blocks.forward(half, recording, x, false); // (T, D)
    assertEquals(DataType.FLOAT16, y.getDataType());
    assertEquals(
        DataType.FLOAT32, recording.signals().values().iterator().next().probs().getDataType());
    double[] expected = Blocks.infer(layer(3, 2), Ops.cast(x, DataType.FLOAT64)).toDoubleArray();
    Tensors.assertClose(expected, y, 1e-2);
  }

  @Test
  void wrongWidthIsRejected() {
    NDArray x = Tensors.random(scope.manager(), 1, 2, 5, DIM + 1);
    assertEquals(
        "input of moe must have shape (T, D=4), not (10, 5)",
        Errors.message(IllegalArgumentException.class, () -> Blocks.infer(layer(3, 2), x)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void nonFiniteLogitsAreReported(double number) {
    double[] values = Tensors.random(1, 3 * DIM);
    values[DIM + 2] = number;
    NDArray x = Tensors.of(scope.manager(), values, 3, DIM); // (T, D)
    String message = Errors.message(RoutingException.class, () -> Blocks.infer(layer(3, 2), x));
    assertTrue(message.startsWith("moe/router: router logits of token 1 are ["), message);
  }

  @Test
  void badSizesAreRejected() {
    assertEquals("k must be between 1 and experts = 2, not 3", errorOf(2, 3));
    assertEquals("k must be between 1 and experts = 2, not 0", errorOf(2, 0));
    assertEquals("experts must be at least 1, not 0", errorOf(0, 1));
    assertEquals(
        "dim must be at least 1, not 0",
        Errors.message(IllegalArgumentException.class, () -> spec(2, 1).build(0, Seed.of(1))));
  }

  private static String errorOf(int experts, int k) {
    return Errors.message(IllegalArgumentException.class, () -> spec(experts, k));
  }

  @Test
  void outputShapeMatchesTheOutput() {
    Shape[] shapes =
        layer(3, 2).getOutputShapes(new Shape[] {new Shape(2, 5, DIM), new Shape(2, 5)});
    assertArrayEquals(new Shape[] {new Shape(2, 5, DIM)}, shapes);
  }
}
