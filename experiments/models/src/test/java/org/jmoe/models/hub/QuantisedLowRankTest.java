package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Quantisation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Errors;
import org.jmoe.training.StoppedException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Low-rank changes of quantized experts. */
final class QuantisedLowRankTest {
  private static final RunJson JSON = RunJson.standard();
  private static final LowRank.Spec CHANGES =
      new LowRank.Spec(2, 6, List.of(LowRank.Target.EXPERTS, LowRank.Target.ATTENTION));

  @TempDir Path folder = Path.of("");

  private static LanguageModel built(ModelSpec spec, LowRank.Spec changes, NDManager manager) {
    LanguageModel model = spec.build(Seed.of(0), changes);
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  private static void copy(Map<String, NDArray> from, LanguageModel to) {
    for (Parameter parameter : to.getParameters().values()) {
      NDArray value = from.get(parameter.getName());
      if (value != null && value.size() > 0) {
        FusedUpdates.copyAll(List.of(parameter.getArray()), List.of(value));
      }
    }
  }

  /** Sets the low-rank factors to non-zero values, the same in every model. */
  private static void train(LanguageModel model) {
    for (Parameter parameter : model.getParameters().values()) {
      if (parameter.getName().startsWith("low_rank/") && parameter.getName().endsWith("/up")) {
        NDArray array = parameter.getArray();
        NDArray drawn = Ops.scale(Ops.normal(array, Seed.of(2).child(parameter.getName())), 0.1);
        FusedUpdates.copyAll(List.of(array), List.of(drawn));
      }
    }
  }

  private static NDArray logits(LanguageModel model, NDManager scope) {
    long[] ids = {3, 15, 0, 8, 2};
    NDArray input = scope.create(ids, new Shape(1, ids.length)); // (1, S)
    return model.logits(new ParameterStore(scope, false), input, null, null, true); // (1, S, V)
  }

  private static float[] values(LanguageModel model, NDManager scope) {
    return NoGrad.get(() -> logits(model, scope).toFloatArray());
  }

  private static Map<String, float[]> gradients(LanguageModel model, NDManager scope) {
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray y = logits(model, scope);
      collector.backward(y.mul(y).sum());
    }
    Map<String, float[]> gradients = new TreeMap<>();
    for (Parameter parameter : model.getParameters().values()) {
      if (parameter.requiresGradient()) {
        gradients.put(parameter.getName(), parameter.getArray().getGradient().toFloatArray());
      }
    }
    return gradients;
  }

  /** Matches LoRA on float32 experts with the dequantized weights, up to rounding. */
  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void outputsAndGradientsMatchDequantizedWeights(String config) throws IOException {
    TinyCheckpoint.write(folder, config, 5);
    for (Quantisation form : Quantisation.values()) {
      ModelChange held = new ModelChange(null, null, form);
      try (HubModel hub = HubModel.open(folder, held);
          NDManager scope = NDManager.newBaseManager()) {
        ModelSpec base = HubWeights.of(folder).plan().spec();
        LanguageModel own = built(held.of(base), CHANGES, scope);
        LanguageModel plain = built(base, CHANGES, scope);
        Map<String, NDArray> stored = HubExport.arrays(hub.model(), "");
        copy(stored, own);
        assertArrayEquals(values(hub.model(), scope), values(own, scope), 0f);

        Map<String, NDArray> whole = new HashMap<>(stored);
        StoredExperts.of(hub.model(), "")
            .forEach((name, of) -> whole.put(name, of.experts().dequantise(of.side(), scope)));
        copy(whole, plain);
        train(own);
        train(plain);
        float[] expected = values(plain, scope);
        assertArrayEquals(expected, values(own, scope), 5e-5f);
        assertFalse(Arrays.equals(expected, values(hub.model(), scope)));
        Map<String, float[]> found = gradients(own, scope);
        Map<String, float[]> wanted = gradients(plain, scope);
        assertEquals(wanted.keySet(), found.keySet());
        assertTrue(found.keySet().stream().anyMatch(n -> n.endsWith("/experts/in/down")));
        wanted.forEach(
            (name, gradient) -> {
              double largest = 0;
              for (float number : gradient) {
                largest = Math.max(largest, Math.abs(number));
              }
              float[] ours = Objects.requireNonNull(found.get(name));
              assertArrayEquals(gradient, ours, (float) (1e-6 + 2e-4 * largest), name);
            });
      }
    }
  }

  private RunConfig config(Path base, Quantisation form) {
    ObjectNode tree = (ObjectNode) TinyRuns.tree(TinyRuns.corpus(folder), JSON);
    tree.remove("model");
    tree.set("init", JSON.tree(new InitSpec(HubWeights.of(base), CHANGES, form)));
    return JSON.read(tree);
  }

  @ParameterizedTest
  @MethodSource("org.jmoe.models.hub.Configs#all")
  void onlyFactorsAreTrainedAndMergedOnExport(String config) throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    TinyCheckpoint.write(base, config, 3);
    for (Quantisation form : Quantisation.values()) {
      Path run = folder.resolve("run-" + form);
      Path exported = folder.resolve("exported-" + form);
      new Run(config(base, form), JSON).execute(run);
      try (HubModel hub = HubModel.open(base, new ModelChange(null, null, form));
          LoadedRun tuned = LoadedRun.open(run, JSON)) {
        Map<String, NDArray> before = HubExport.arrays(hub.model(), "");
        HubExport.arrays(tuned.model(), "model/")
            .forEach(
                (name, array) -> {
                  NDArray was = before.get(name);
                  assertEquals(was == null, name.startsWith("low_rank/"), name);
                  if (was != null) {
                    assertArrayEquals(
                        was.toByteBuffer().array(), array.toByteBuffer().array(), name);
                  } else if (name.endsWith("/up")) {
                    assertFalse(Arrays.equals(new float[(int) array.size()], array.toFloatArray()));
                  }
                });
        HubWeights weights = (HubWeights) Objects.requireNonNull(tuned.config().init()).weights();
        weights.export(tuned.model(), new HubExport(exported, null));
        try (HubModel again = HubModel.open(exported);
            NDManager scope = NDManager.newBaseManager()) {
          float[] learned = values(tuned.model(), scope);
          assertArrayEquals(learned, values(again.model(), scope), 5e-5f);
          assertFalse(Arrays.equals(learned, values(hub.model(), scope)));
        }
      }
    }
  }

  @Test
  void interruptedRunResumesBitExactly() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    TinyCheckpoint.write(base, Configs.mixtral(), 3);
    for (Quantisation form : Quantisation.values()) {
      RunConfig config = config(base, form);
      Path whole = folder.resolve("whole-" + form);
      Path interrupted = folder.resolve("interrupted-" + form);
      new Run(config, JSON).execute(whole);
      AtomicInteger asked = new AtomicInteger();
      assertThrows(
          StoppedException.class,
          () ->
              new Run(config, JSON)
                  .execute(
                      interrupted, Execution.plain().withStop(() -> asked.incrementAndGet() == 2)));
      new Run(config, JSON).execute(interrupted);
      try (LoadedRun one = LoadedRun.open(whole, JSON);
          LoadedRun two = LoadedRun.open(interrupted, JSON)) {
        Map<String, NDArray> found = HubExport.arrays(two.model(), "");
        HubExport.arrays(one.model(), "")
            .forEach(
                (name, array) ->
                    assertArrayEquals(
                        array.toByteBuffer().array(),
                        Objects.requireNonNull(found.get(name)).toByteBuffer().array(),
                        name));
      }
    }
  }

  @Test
  void quantizedWeightsCannotBeMerged() throws IOException {
    TinyCheckpoint.write(folder, Configs.mixtral(), 5);
    ModelSpec base = HubWeights.of(folder).plan().spec();
    ModelSpec held = new ModelChange(null, null, Quantisation.NF4).of(base);
    LowRank.Spec experts = new LowRank.Spec(2, 6, List.of(LowRank.Target.EXPERTS));
    try (NDManager scope = NDManager.newBaseManager()) {
      LowRank changes = Objects.requireNonNull(built(held, experts, scope).lowRank());
      for (String message :
          List.of(
              Errors.message(IllegalStateException.class, changes::merge),
              Errors.message(IllegalStateException.class, changes::unmerge),
              Errors.message(IllegalStateException.class, () -> changes.merged(scope)))) {
        assertTrue(message.contains("/experts/"), message);
        assertTrue(message.contains("is quantized, so adapters cannot be merged exactly"), message);
      }
    }
  }
}
