package org.jmoe.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jmoe.tensor.Gradients;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdamWTest extends OptimizerContract {
  @Override
  protected OptimizerSpec spec() {
    return AdamW.Spec.of(0.05);
  }

  @RegisterExtension final BatchScope scope = new BatchScope();

  @ParameterizedTest
  @ValueSource(doubles = {0, 1.5, 100})
  void matchesTheReferenceLoops(double clip) {
    AdamW.Spec spec = spec(clip, List.of(new ParameterGroup("/router/", 0.5, 3, false)));
    ThreeParameters model = model();
    double[] weight = Tensors.doubles(Blocks.parameter(model, "/weight"));
    double[] gate = Tensors.doubles(Blocks.parameter(model, "/gate"));
    double[] gain = Tensors.doubles(Blocks.parameter(model, "/gain"));
    ReferenceAdamW ofWeight = new ReferenceAdamW(spec, 1, 1, 3);
    ReferenceAdamW ofGate = new ReferenceAdamW(spec, 0.5, 3, 3);
    ReferenceAdamW ofGain = new ReferenceAdamW(spec, 1, 0, 3); // gains have no weight decay
    try (ModelOptimizer optimizer = new ModelOptimizer(spec, model, scope.manager())) {
      for (int step = 0; step < 6; step++) {
        double[] gradient = Tensors.random(step, 9);
        double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
        double schedule = 1 - step / 10.0;
        assertEquals(norm, step(optimizer, schedule, model, gradient), 1e-5);
        double factor = clip > 0 ? Math.min(1, clip / norm) : 1;
        double[] clipped = Arrays.stream(gradient).map(g -> g * factor).toArray();
        ofWeight.step(weight, Arrays.copyOfRange(clipped, 0, 3), schedule);
        ofGate.step(gate, Arrays.copyOfRange(clipped, 3, 6), schedule);
        ofGain.step(gain, Arrays.copyOfRange(clipped, 6, 9), schedule);
        Tensors.assertClose(weight, Blocks.parameter(model, "/weight"), 1e-5);
        Tensors.assertClose(gate, Blocks.parameter(model, "/gate"), 1e-5);
        Tensors.assertClose(gain, Blocks.parameter(model, "/gain"), 1e-5);
      }
    }
  }

  @Test
  void frozenParametersAreNotTrainedAndNotInTheNorm() {
    AdamW.Spec spec = spec(1, List.of(new ParameterGroup("router", 1, 1, true)));
    ThreeParameters model = model();
    double[] gate = Tensors.doubles(Blocks.parameter(model, "/gate"));
    try (ModelOptimizer optimizer = new ModelOptimizer(spec, model, scope.manager())) {
      double[] gradient = {3, 0, 0, 7, 7, 7, 4, 0, 0};
      assertEquals(5, step(optimizer, 1, model, gradient), 1e-6);
      Tensors.assertClose(gate, Blocks.parameter(model, "/gate"), 0);
    }
  }

  @Test
  void firstMatchingGroupApplies() {
    List<ParameterGroup> groups =
        List.of(new ParameterGroup("gate$", 0, 0, false), new ParameterGroup("", 1, 1, false));
    ThreeParameters model = model();
    double[] gate = Tensors.doubles(Blocks.parameter(model, "/gate"));
    double[] weight = Tensors.doubles(Blocks.parameter(model, "/weight"));
    try (ModelOptimizer optimizer = new ModelOptimizer(spec(0, groups), model, scope.manager())) {
      step(optimizer, 1, model, Tensors.random(1, 9));
      Tensors.assertClose(gate, Blocks.parameter(model, "/gate"), 0);
      assertTrue(weight[0] != Blocks.parameter(model, "/weight").toFloatArray()[0]);
    }
  }

  @Test
  void stateIsAccessible() {
    ThreeParameters model = model();
    try (ModelOptimizer optimizer =
        new ModelOptimizer(spec(0, List.of()), model, scope.manager())) {
      step(optimizer, 1, model, new double[] {1, 2, 3, 1, 2, 3, 1, 2, 3});
      Map<String, NDArray> state = new TreeMap<>();
      optimizer.state().forEach(a -> state.put(a.name(), a.pieces().get(0).array()));
      assertEquals(9, state.size());
      assertEquals(1, Objects.requireNonNull(state.get("model/weight.step")).getFloat());
      Tensors.assertClose(
          new double[] {0.1, 0.2, 0.3},
          Objects.requireNonNull(state.get("model/weight.mean")),
          1e-6);
      Tensors.assertClose(
          new double[] {0.05, 0.2, 0.45},
          Objects.requireNonNull(state.get("model/router/gate.variance")),
          1e-6);
    }
  }

  @Test
  void invalidSettingsAreRejected() {
    List<ParameterGroup> all = List.of(new ParameterGroup("model", 1, 1, true));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ModelOptimizer(spec(0, all), model(), scope.manager()));
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> AdamW.Spec.of(rate));
    }
    for (double clip : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> spec(clip, List.of()));
    }
    assertThrows(IllegalArgumentException.class, () -> new ParameterGroup("(", 1, 1, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ParameterGroup("", Double.POSITIVE_INFINITY, 1, false));
  }

  private static AdamW.Spec spec(double clip, List<ParameterGroup> groups) {
    return AdamW.Spec.of(0.05).withClip(clip).withGroups(groups.toArray(ParameterGroup[]::new));
  }

  private ThreeParameters model() {
    ThreeParameters model = new ThreeParameters();
    model.initialize(scope.manager(), DataType.FLOAT32, new Shape(3, 3));
    return model;
  }

  private double step(
      ModelOptimizer optimizer, double schedule, ThreeParameters model, double[] gradient) {
    try (NDManager batch = scope.manager().newSubManager()) {
      NDArray c = Tensors.of(batch, DataType.FLOAT32, gradient, 3, 3);
      NDArray loss =
          Gradients.recording(
              () -> Blocks.forward(model, new ParameterStore(batch, false), c, true)); // ()
      return optimizer.step(schedule, Gradients.of(batch, loss, optimizer.trained()));
    }
  }
}
