package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jmoe.testing.Tensors;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.BlockContext;
import org.jmoe.transformer.attention.Documents;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;
import org.jmoe.transformer.attention.SelfAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents of packed sequences are computed like separate sequences. */
final class DocumentMaskTest {
  private static final int SEPARATOR = 0;
  private static final int VOCABULARY = 9;
  private static final int LENGTH = 12;
  private static final int DIM = 16;
  private static final int[][] IDS = {
    {1, 2, 3, 0, 4, 5, 0, 6, 7, 8, 1, 2}, {0, 3, 3, 0, 1, 2, 3, 4, 5, 6, 7, 0}
  };
  private static final int[][] ENDS = {{4, 7, 12}, {1, 4, 12}}; // exclusive

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<AttentionSpec> attentions() {
    return Stream.concat(
        ModelSpecTest.attentions().stream(),
        Stream.of(
            rotary(Rotary.of(10_000)),
            rotary(Rotary.of(10_000).withWidth(2)),
            rotary(Rotary.upstream(0, 500, true, new RotaryScaling.None())),
            rotary(Rotary.upstream(2, 500, false, new RotaryScaling.Linear(4))),
            rotary(Rotary.upstream(0, 500, false, new RotaryScaling.Llama3(8, 1, 4, 8))),
            rotary(Rotary.upstream(0, 500, false, new RotaryScaling.Yarn(4, 32, 1, 8, true, 1.1))),
            rotary(Rotary.upstream(0, 500, false, new RotaryScaling.Dynamic(4, LENGTH))),
            rotary(
                Rotary.upstream(
                    0,
                    500,
                    false,
                    new RotaryScaling.LongRope(
                        List.of(1.0, 1.5), List.of(2.0, 3.0), LENGTH, 1.2)))));
  }

  private static AttentionSpec rotary(Rotary rotary) {
    return GroupedAttention.Spec.builder(4, 2).rotary(rotary).build();
  }

  @ParameterizedTest
  @MethodSource("attentions")
  void equalsTheDocumentsApart(AttentionSpec attention) {
    assertEqualsApart(spec(attention));
  }

  /** Attention only: rounding may change the choices of a router. */
  @ParameterizedTest
  @MethodSource("attentions")
  void equalsTheDocumentsApartInBfloat16(AttentionSpec spec) {
    NDManager manager = scope.manager();
    SelfAttention attention = spec.build(new BlockContext(DIM, 0, 1, true), Seed.of(5));
    attention.initialize(manager, DataType.FLOAT32, new Shape(1, LENGTH, DIM));
    double[] values = Tensors.random(3, 2 * LENGTH * DIM);
    NDArray x = Tensors.of(manager, DataType.FLOAT32, values, 2, LENGTH, DIM); // (B, S, D)
    NDList packed = attended(attention, x, Documents.of(Tensors.of(manager, IDS), SEPARATOR));
    for (int row = 0; row < IDS.length; row++) {
      int start = 0;
      for (int end : ENDS[row]) {
        String slice = row + ":" + (row + 1) + ", " + start + ":" + end;
        NDList apart = attended(attention, x.get(slice), new NDList());
        assertClose(apart.get(0), packed.get(0).get(slice), 0.03);
        assertClose(apart.get(1), packed.get(1).get(slice), 0.03);
        start = end;
      }
    }
  }

  /** Returns the output for x (B, S, D) and the gradient of the output's squares. */
  private NDList attended(SelfAttention attention, NDArray x, NDList side) {
    return Gradients.recording(
        () -> {
          ParameterStore store = new ParameterStore(scope.manager(), false);
          x.setRequiresGradient(true);
          NDArray y =
              attention.apply(
                  new RecordingStore(store, Seed.of(1), Precision.BFLOAT16), x, side, null, true);
          NDArray gradient =
              Gradients.of(scope.manager(), y.mul(y).sum(), List.of(x)).get(0); // (B, S, D)
          return new NDList(y.stopGradient(), gradient);
        });
  }

  @Test
  void learnedPositionsRestart() {
    ModelSpec spec = spec(GroupedAttention.Spec.builder(4, 4).rotary(null).build(), true);
    assertEqualsApart(spec);
  }

  @Test
  void bidirectionalModelsSeeTheirDocument() {
    ModelSpec spec = spec(rotary(Rotary.of(10_000))).toBuilder().causal(false).build();
    assertEqualsApart(spec);
  }

  @Test
  void withoutTheOptionOrASeparatorASequenceIsOneDocument() {
    LanguageModel masked = model(spec(rotary(Rotary.of(10_000))));
    LanguageModel plain =
        model(masked.spec().toBuilder().documentMask(false).build()); // the same weights
    NDArray ids = Tensors.of(scope.manager(), IDS);
    double[] whole = Tensors.doubles(plain.logits(store(false), ids, null, null, false));
    assertArrayEquals(whole, Tensors.doubles(plain.logits(store(true), ids, null, null, false)), 0);
    assertArrayEquals(
        whole, Tensors.doubles(masked.logits(store(false), ids, null, null, false)), 0);
    assertFalse(
        Arrays.equals(whole, Tensors.doubles(masked.logits(store(true), ids, null, null, false))));
  }

  @Test
  void aSeparatorEndsItsDocument() {
    NDArray documents = AttentionOps.documents(Tensors.of(scope.manager(), IDS), SEPARATOR);
    assertArrayEquals(
        new long[] {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2},
        documents.toLongArray());
    assertArrayEquals(
        new long[] {0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 3, 4, 0, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7},
        AttentionOps.documentPositions(documents).toLongArray());
  }

  @Test
  void frequenciesThatDependOnTheLengthAreRejected() {
    AttentionSpec dynamic =
        rotary(Rotary.upstream(0, 500, false, new RotaryScaling.Dynamic(4, LENGTH - 1)));
    String message = Errors.message(IllegalArgumentException.class, () -> spec(dynamic));
    assertTrue(message.startsWith("documentMask is not supported with rotary"), message);
  }

  private void assertEqualsApart(ModelSpec spec) {
    double tolerance = 1e-12;
    LanguageModel model = model(spec);
    NDManager manager = scope.manager();
    NDArray weights = Tensors.random(manager, 8, 2, LENGTH, VOCABULARY); // (B, S, V)
    List<NDArray> packed = pass(model, Tensors.of(manager, IDS), weights, true);
    List<double[]> sums = new ArrayList<>();
    for (int row = 0; row < IDS.length; row++) {
      int start = 0;
      for (int end : ENDS[row]) {
        int[][] document = {Arrays.copyOfRange(IDS[row], start, end)};
        String slice = row + ":" + (row + 1) + ", " + start + ":" + end;
        List<NDArray> apart = pass(model, Tensors.of(manager, document), weights.get(slice), false);
        assertClose(apart.get(0), packed.get(0).get(slice), tolerance);
        for (int i = 1; i < apart.size(); i++) {
          double[] gradient = Tensors.doubles(apart.get(i));
          if (sums.size() < i) {
            sums.add(new double[gradient.length]);
          }
          for (int j = 0; j < gradient.length; j++) {
            sums.get(i - 1)[j] += gradient[j];
          }
        }
        start = end;
      }
    }
    for (int i = 1; i < packed.size(); i++) {
      assertClose(sums.get(i - 1), Tensors.doubles(packed.get(i)), tolerance);
    }
  }

  /** Returns the logits (B, S, V), then the gradient of their weighted sum for each parameter. */
  private List<NDArray> pass(LanguageModel model, NDArray ids, NDArray weights, boolean separated) {
    return Gradients.recording(
        () -> {
          NDArray logits = model.logits(store(separated), ids, null, null, true);
          List<NDArray> parameters =
              model.getParameters().values().stream().map(Parameter::getArray).toList();
          List<NDArray> all = new ArrayList<>(List.of(logits.stopGradient()));
          all.addAll(Gradients.of(scope.manager(), logits.mul(weights).sum(), parameters));
          return all;
        });
  }

  private RecordingStore store(boolean separated) {
    return new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(2))
        .withSeparator(separated ? OptionalInt.of(SEPARATOR) : OptionalInt.empty());
  }

  private LanguageModel model(ModelSpec spec) {
    LanguageModel model = spec.build(Seed.of(4).child("model"));
    model.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, LENGTH));
    for (Parameter parameter : model.getParameters().values()) {
      parameter.getArray().setRequiresGradient(true);
    }
    return model;
  }

  private static void assertClose(NDArray expected, NDArray actual, double tolerance) {
    assertEquals(expected.getShape(), actual.getShape());
    assertClose(Tensors.doubles(expected), Tensors.doubles(actual), tolerance);
  }

  private static void assertClose(double[] expected, double[] actual, double tolerance) {
    double error = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      error += (expected[i] - actual[i]) * (expected[i] - actual[i]);
      size += expected[i] * expected[i];
    }
    assertTrue(error <= tolerance * tolerance * size, Math.sqrt(error) + " of " + Math.sqrt(size));
  }

  private static ModelSpec spec(AttentionSpec attention) {
    return spec(attention, false);
  }

  private static ModelSpec spec(AttentionSpec attention, boolean learned) {
    FeedForward.Spec dense = new FeedForward.Spec(5, Activation.SWIGLU);
    return ModelSpec.builder(VOCABULARY, LENGTH, DIM)
        .learnedPositions(learned)
        .documentMask(true)
        .blocks(
            List.of(
                DecoderBlock.Spec.dense(attention, dense),
                DecoderBlock.Spec.moe(attention, TinySpecs.moe())))
        .build();
  }
}
