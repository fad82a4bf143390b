package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Errors;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LanguageModelTest {
  private static final Seed DRAWS = Seed.of(5).child("draws");

  @RegisterExtension final BatchScope scope = new BatchScope();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void passesTheGradientToEveryParameter(boolean causal) {
    LanguageModel model = model(causal, 1);
    int[][] ids = {{1, 2, 3}, {3, 0, 6}};
    // Near zero, norms are too nonlinear for finite differences.
    Blocks.parameter(model, "embedding").muli(25);
    // The constant factor takes the place of the block's input.
    GradientCheck.assertCorrect(
        model,
        (ps, one) -> {
          NDManager manager = one.getManager();
          NDArray padding = manager.create(new boolean[6], new Shape(2, 3));
          return model
              .logits(
                  new RecordingStore(ps, DRAWS),
                  Tensors.of(manager, ids),
                  causal ? null : padding,
                  null,
                  true)
              .mul(one);
        },
        scope.manager().ones(new Shape(1), DataType.FLOAT64));
  }

  @Test
  void onlyCausalModelsIgnoreLaterTokens() {
    int[][] ids = {{1, 2, 3, 4, 5}};
    int[][] changed = {{1, 2, 3, 6, 0}};
    double[][] before = logits(model(true, 1), ids, null);
    double[][] after = logits(model(true, 1), changed, null);
    for (int s = 0; s < 3; s++) {
      Tensors.assertClose(before[s], after[s], 1e-14);
    }
    assertNotEquals(before[3][0], after[3][0]);
    assertNotEquals(
        logits(model(false, 1), ids, null)[0][0], logits(model(false, 1), changed, null)[0][0]);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void paddingHasNoEffect(boolean causal) {
    LanguageModel model = model(causal, 1);
    boolean[] padding = {false, false, false, true, true, false, false, false, false, false};
    double[][] given = logits(model, new int[][] {{1, 2, 3, 0, 0}, {1, 2, 3, 4, 5}}, padding);
    double[][] other = logits(model, new int[][] {{1, 2, 3, 6, 5}, {1, 2, 3, 4, 5}}, padding);
    double[][] alone = logits(model, new int[][] {{1, 2, 3}}, null);
    double[][] second = logits(model, new int[][] {{1, 2, 3, 4, 5}}, null);
    for (int s = 0; s < 3; s++) {
      Tensors.assertClose(given[s], other[s], 1e-14);
      Tensors.assertClose(alone[s], given[s], 1e-12);
    }
    for (int s = 0; s < 5; s++) {
      Tensors.assertClose(second[s], given[5 + s], 1e-12);
    }
  }

  @Test
  void paddingIsNotRouted() {
    LanguageModel model = model(false, 1);
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope.manager(), false), DRAWS);
    NDArray ids = Tensors.of(scope.manager(), new int[][] {{1, 2, 0}});
    NDArray padding =
        scope.manager().create(new boolean[] {false, false, true}, new Shape(1, 3)); // (B, S)
    model.logits(recording, ids, padding, null, false);
    assertEquals(1, recording.signals().size());
    RoutingSignals signals = recording.signals().values().iterator().next();
    long[] choices = signals.choices().toLongArray(); // (T, K)
    assertTrue(choices[0] >= 0 && choices[3] >= 0, Arrays.toString(choices));
    assertEquals(-1, choices[4]);
    assertEquals(-1, choices[5]);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 'token id 7 at position 1 of sequence 1 is outside the vocabulary [0, 7)'",
    "-1, 'token id -1 at position 1 of sequence 1 is outside the vocabulary [0, 7)'"
  })
  void idsOutsideTheVocabularyNeverReachTheEngine(int id, String message) {
    int[][] ids = {{0, 6}, {1, id}};
    assertEquals(
        message,
        Errors.message(IllegalArgumentException.class, () -> logits(model(true, 1), ids, null)));
  }

  @Test
  void invalidIdsAreRejected() {
    LanguageModel model = model(true, 1);
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    assertEquals(
        "a sequence of 8 tokens exceeds the context of 7",
        Errors.message(IllegalArgumentException.class, () -> logits(model, new int[1][8], null)));
    assertEquals(
        "ids must be of int64, not float32",
        Errors.message(
            IllegalArgumentException.class,
            () -> model.logits(ps, scope.manager().zeros(new Shape(1, 2)), null, null, false)));
    assertEquals(
        "ids must have shape (B, S), not (2)",
        Errors.message(
            IllegalArgumentException.class,
            () ->
                model.logits(
                    ps, scope.manager().zeros(new Shape(2), DataType.INT64), null, null, false)));
    assertThrows(IllegalStateException.class, () -> model(false, 1).newCache(scope.manager(), 1));
  }

  @Test
  void savesAndLoads() throws IOException, MalformedModelException {
    LanguageModel saved = model(true, 1);
    LanguageModel loaded = model(true, 2);
    int[][] ids = {{1, 2, 3}};
    assertNotEquals(logits(saved, ids, null)[0][0], logits(loaded, ids, null)[0][0]);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    saved.saveParameters(new DataOutputStream(bytes));
    loaded.loadParameters(
        scope.manager(), new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertArrayEquals(logits(saved, ids, null), logits(loaded, ids, null));
  }

  private double[][] logits(LanguageModel model, int[][] ids, boolean @Nullable [] padding) {
    NDArray array = Tensors.of(scope.manager(), ids);
    NDArray mask =
        padding == null ? null : scope.manager().create(padding, array.getShape()); // (B, S)
    NDArray logits =
        model.logits(new ParameterStore(scope.manager(), false), array, mask, null, false);
    return Tensors.rows(Tensors.doubles(logits), TinySpecs.VOCABULARY);
  }

  private LanguageModel model(boolean causal, long seed) {
    ModelSpec spec = causal ? TinySpecs.causal(TinySpecs.moe()) : TinySpecs.masked(TinySpecs.moe());
    LanguageModel model = spec.build(Seed.of(seed).child("model"));
    model.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, 1));
    return model;
  }
}
