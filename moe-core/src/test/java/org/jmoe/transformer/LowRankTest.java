package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class LowRankTest {
  private static final LowRank.Spec SPEC =
      new LowRank.Spec(3, 6, List.of(LowRank.Target.EXPERTS, LowRank.Target.ATTENTION));

  @RegisterExtension final BatchScope scope = new BatchScope();

  private LanguageModel built(ModelSpec spec) {
    return built(spec, null);
  }

  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type in a class file
  private LanguageModel built(ModelSpec spec, LowRank.@Nullable Spec changes) {
    LanguageModel model = spec.build(Seed.of(5).child("model"), changes);
    model.initialize(scope.manager(), DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  private float[] logits(LanguageModel model, boolean recorded) {
    NDManager manager = scope.manager();
    return NoGrad.get(
        () -> {
          ParameterStore plain = new ParameterStore(manager, false);
          RecordingStore recording = new RecordingStore(plain, Seed.of(1));
          NDArray ids = manager.create(new long[] {1, 4, 2, 0}, new Shape(1, 4)); // (1, S)
          float[] logits =
              model.logits(recorded ? recording : plain, ids, null, null, false).toFloatArray();
          assertEquals(recorded ? 1 : 0, Math.min(1, recording.signals().size()));
          return logits;
        });
  }

  private static Map<String, float[]> weights(LanguageModel model) {
    Map<String, float[]> weights = new HashMap<>();
    model.baseParameters().forEach(p -> weights.put(p.getName(), p.getArray().toFloatArray()));
    return weights;
  }

  /** Sets nonzero factors, as after training. */
  private static void train(LanguageModel model) {
    for (Parameter parameter : model.getParameters().values()) {
      if (parameter.getName().endsWith("/up")) {
        NDArray array = parameter.getArray();
        NDArray drawn = Ops.scale(Ops.normal(array, Seed.of(2).child(parameter.getName())), 0.3);
        FusedUpdates.copyAll(List.of(array), List.of(drawn));
      }
    }
  }

  @Test
  void initiallyHasNoEffect() {
    LanguageModel plain = built(TinySpecs.causal(TinySpecs.moe()));
    LanguageModel adapted = built(TinySpecs.causal(TinySpecs.moe()), SPEC);
    assertArrayEquals(logits(plain, true), logits(adapted, true));
    assertArrayEquals(logits(plain, false), logits(adapted, false));
    assertEquals(
        adapted.getParameters().values().stream().mapToLong(p -> p.getArray().size()).sum(),
        adapted.parameterCount());
    List<String> trained =
        adapted.getParameters().values().stream()
            .filter(Parameter::requiresGradient)
            .map(Parameter::getName)
            .toList();
    assertTrue(trained.stream().allMatch(n -> n.startsWith("model/low_rank/")), trained.toString());
    assertTrue(trained.contains("model/low_rank/layers/1/moe/experts/in/down"), trained.toString());
    assertTrue(trained.contains("model/low_rank/layers/0/attention/out/up"), trained.toString());
  }

  @Test
  void mergedIsEquivalentAndUnmergedIsTheOriginal() {
    LanguageModel model = built(TinySpecs.causal(TinySpecs.moe()), SPEC);
    train(model);
    Map<String, float[]> before = weights(model);
    float[] adapted = logits(model, true);
    LowRank changes = Objects.requireNonNull(model.lowRank());
    Map<String, NDArray> merged = changes.merged(scope.manager());
    changes.merge();
    Map<String, float[]> after = weights(model);
    merged.forEach(
        (name, array) -> assertArrayEquals(array.toFloatArray(), after.get(name), 0f, name));
    LanguageModel plain = built(TinySpecs.causal(TinySpecs.moe()));
    for (Parameter parameter : plain.getParameters().values()) {
      NDArray value = array(model, parameter.getName());
      FusedUpdates.copyAll(List.of(parameter.getArray()), List.of(value));
    }
    assertArrayEquals(adapted, logits(plain, true), 1e-6f);
    assertFalse(Arrays.equals(adapted, logits(built(TinySpecs.causal(TinySpecs.moe())), true)));
    changes.unmerge();
    weights(model).forEach((name, array) -> assertArrayEquals(before.get(name), array, 1e-6f));
  }

  private static NDArray array(LanguageModel model, String name) {
    return model.getParameters().values().stream()
        .filter(p -> p.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getArray();
  }

  @Test
  void theUpdateIsTheProductOfEachExpertsFactors() {
    LanguageModel model = built(TinySpecs.causal(TinySpecs.moe()), SPEC);
    train(model);
    String name = "model/layers/1/moe/experts/in";
    NDArray weight = array(model, name); // (E, D, H)
    float[] w = weight.toFloatArray();
    float[] a = array(model, "model/low_rank/layers/1/moe/experts/in/down").toFloatArray();
    float[] b = array(model, "model/low_rank/layers/1/moe/experts/in/up").toFloatArray();
    float[] found =
        Objects.requireNonNull(
                Objects.requireNonNull(model.lowRank()).merged(scope.manager()).get(name))
            .toFloatArray();
    int dim = (int) weight.getShape().get(1);
    int columns = (int) weight.getShape().get(2);
    int r = SPEC.rank();
    for (int i = 0; i < w.length; i++) {
      int e = i / (dim * columns);
      int d = i / columns % dim;
      int h = i % columns;
      double sum = 0;
      for (int j = 0; j < r; j++) {
        sum += a[(e * dim + d) * r + j] * b[(e * r + j) * columns + h];
      }
      assertEquals(w[i] + SPEC.alpha() / r * sum, found[i], 1e-5);
    }
  }

  @Test
  void invalidSettingsAreRejected() {
    Errors.message(
        IllegalArgumentException.class,
        () -> new LowRank.Spec(0, 1, List.of(LowRank.Target.EXPERTS)));
    Errors.message(IllegalArgumentException.class, () -> new LowRank.Spec(1, 1, List.of()));
    LowRank.Spec experts = new LowRank.Spec(1, 1, List.of(LowRank.Target.EXPERTS));
    String message =
        Errors.message(
            IllegalArgumentException.class,
            () -> TinySpecs.causal(null).build(Seed.of(1), experts));
    assertTrue(message.contains("no weights for targets"), message);
  }
}
