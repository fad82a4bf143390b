package org.jmoe.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jmoe.device.NamedDevice;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.NoGrad;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tests that every optimizer must pass. Extend it for a custom optimizer:
 *
 * <pre>{@code
 * final class MyOptimizerTest extends OptimizerContract {
 *   @Override
 *   protected OptimizerSpec spec() {
 *     return new MyOptimizer.Spec(0.01);
 *   }
 * }
 * }</pre>
 */
public abstract class OptimizerContract {
  private static final int EXPERTS = 3;
  private static final double FACTOR = 0.5; // of the gradients

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  /** Creates the test. */
  protected OptimizerContract() {}

  /** Returns the settings under test. */
  protected abstract OptimizerSpec spec();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Tensors and the optimizer that trains them. */
  private record Trained(List<TrainedTensor> tensors, Optimizer optimizer) {
    List<TrainedTensor.Piece> pieces() {
      return tensors.stream().flatMap(t -> t.pieces().stream()).toList();
    }

    /** Takes step number {@code step} by gradients that depend on it alone. */
    void step(long step, double schedule, NDManager manager) {
      try (NDManager scope = manager.newSubManager()) {
        List<NDArray> gradients = new ArrayList<>();
        for (int t = 0; t < tensors.size(); t++) {
          double[] all = Tensors.random(100 * step + t, (int) tensors.get(t).shape().size());
          for (TrainedTensor.Piece piece : tensors.get(t).pieces()) {
            double[] own = rows(all, piece.rows(), tensors.get(t).shape());
            gradients.add(
                Tensors.of(scope, DataType.FLOAT32, own, piece.value().getShape().getShape()));
          }
        }
        List<double[]> before = gradients.stream().map(Tensors::doubles).toList();
        StepGradients all = new StepGradients(gradients, FACTOR);
        NoGrad.run(() -> optimizer.update(all, schedule));
        for (int i = 0; i < before.size(); i++) {
          assertArrayEquals(before.get(i), Tensors.doubles(gradients.get(i)), "gradients changed");
        }
      }
    }

    /** Returns the value of each full tensor. */
    Map<String, float[]> values() {
      TreeMap<String, float[]> values = new TreeMap<>();
      for (TrainedTensor tensor : tensors) {
        List<SplitArray.Piece> pieces =
            tensor.pieces().stream().map(p -> new SplitArray.Piece(p.value(), p.rows())).toList();
        values.put(
            tensor.name(),
            joined(new SplitArray(tensor.name(), tensor.shape(), DataType.FLOAT32, pieces)));
      }
      return values;
    }

    /** Returns each state as a file holds it. */
    Map<String, float[]> state() {
      TreeMap<String, float[]> state = new TreeMap<>();
      optimizer.state().forEach(array -> state.put(array.name(), joined(array)));
      return state;
    }
  }

  private static double[] rows(double[] all, ImmutableIntArray rows, Shape shape) {
    if (rows.isEmpty()) {
      return all;
    }
    int width = (int) (shape.size() / shape.get(0));
    return rows.stream()
        .mapToObj(r -> Arrays.copyOfRange(all, r * width, (r + 1) * width))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static float[] joined(SplitArray array) {
    float[] all = new float[(int) array.shape().size()];
    for (SplitArray.Piece piece : array.pieces()) {
      float[] part = piece.array().toFloatArray();
      int width = piece.rows().isEmpty() ? all.length : part.length / piece.rows().length();
      for (int i = 0; i * width < part.length; i++) {
        int row = piece.rows().isEmpty() ? 0 : piece.rows().get(i);
        System.arraycopy(part, i * width, all, row * width, width);
      }
    }
    return all;
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> got) {
    assertEquals(expected.keySet(), got.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, got.get(name), name));
  }

  /** A matrix, a gain of rate factor 0, and a stack and its biases, sharded over devices. */
  private Trained trained(ImmutableIntArray... shards) {
    List<TrainedTensor> tensors = new ArrayList<>();
    ImmutableIntArray all = ImmutableIntArray.of();
    add(tensors, "model/dense", Parameter.Type.WEIGHT, new Shape(6, 5), 1, all);
    add(tensors, "model/gain", Parameter.Type.GAMMA, new Shape(5), 0, all);
    add(tensors, "model/moe/in", Parameter.Type.WEIGHT, new Shape(EXPERTS, 4, 5), 1, shards);
    add(tensors, "model/moe/bias", Parameter.Type.BIAS, new Shape(EXPERTS, 5), 1, shards);
    return new Trained(tensors, spec().build(tensors, manager));
  }

  private void add(
      List<TrainedTensor> tensors,
      String name,
      Parameter.Type type,
      Shape shape,
      double rate,
      ImmutableIntArray... shards) {
    double[] values = Tensors.random(name.hashCode(), (int) shape.size());
    int first = tensors.stream().mapToInt(t -> t.pieces().size()).sum();
    List<NamedTensor.Piece> named = new ArrayList<>();
    List<TrainedTensor.Piece> pieces = new ArrayList<>();
    for (int i = 0; i < shards.length; i++) {
      ImmutableIntArray rows = shards[i];
      Shape own = rows.isEmpty() ? shape : new Shape(rows.length()).addAll(shape.slice(1));
      NDArray value =
          Tensors.of(manager, DataType.FLOAT32, rows(values, rows, shape), own.getShape());
      Parameter parameter =
          Parameter.builder()
              .setName(name)
              .setType(type)
              .optShape(own)
              .optInitializer((m, s, t) -> value)
              .build();
      parameter.initialize(manager, DataType.FLOAT32);
      NamedDevice device = new NamedDevice("cpu", i);
      named.add(new NamedTensor.Piece(parameter, rows, device));
      pieces.add(new TrainedTensor.Piece(first + i, parameter.getArray(), rows, device));
    }
    double decay = type == Parameter.Type.WEIGHT ? 1 : 0;
    tensors.add(new TrainedTensor(new NamedTensor(name, shape, named), rate, decay, pieces));
  }

  @Test
  void aStepChangesWhatHasARate() {
    Trained trained = trained(ImmutableIntArray.of());
    Map<String, float[]> before = trained.values();
    trained.step(1, 1, manager);
    Map<String, float[]> after = trained.values();
    after.forEach(
        (name, values) -> {
          for (float value : values) {
            assertTrue(Float.isFinite(value), name + " is " + value);
          }
          assertEquals(name.endsWith("gain"), Arrays.equals(before.get(name), values), name);
        });
    trained.step(2, 0, manager);
    assertSame(after, trained.values());
  }

  @Test
  void equalStepsGiveEqualBits() {
    Trained one = trained(ImmutableIntArray.of());
    Trained two = trained(ImmutableIntArray.of());
    for (int step = 0; step < 4; step++) {
      one.step(step, 1 - step / 8.0, manager);
      two.step(step, 1 - step / 8.0, manager);
    }
    assertSame(one.values(), two.values());
    assertSame(one.state(), two.state());
  }

  /** What a resumed run does: new arrays, filled with what was saved. */
  @Test
  void theStateIsAllThatTheNextStepDependsOn() {
    Trained whole = trained(ImmutableIntArray.of());
    for (int step = 0; step < 3; step++) {
      whole.step(step, 1, manager);
    }
    Trained resumed = trained(ImmutableIntArray.of());
    copy(resumed.pieces(), whole.pieces());
    for (int i = 0; i < whole.optimizer().state().size(); i++) {
      FusedUpdates.copyAll(
          arrays(resumed.optimizer().state().get(i)), arrays(whole.optimizer().state().get(i)));
    }
    for (int step = 3; step < 6; step++) {
      whole.step(step, 0.5, manager);
      resumed.step(step, 0.5, manager);
    }
    assertSame(whole.values(), resumed.values());
    assertSame(whole.state(), resumed.state());
  }

  private static void copy(List<TrainedTensor.Piece> to, List<TrainedTensor.Piece> from) {
    NoGrad.run(
        () ->
            FusedUpdates.copyAll(
                to.stream().map(TrainedTensor.Piece::value).toList(),
                from.stream().map(TrainedTensor.Piece::value).toList()));
  }

  private static List<NDArray> arrays(SplitArray array) {
    return array.pieces().stream().map(SplitArray.Piece::array).toList();
  }

  @Test
  void shardsGiveTheSameBits() {
    Trained whole = trained(ImmutableIntArray.of());
    Trained sharded = trained(ImmutableIntArray.of(2, 0), ImmutableIntArray.of(1));
    for (int step = 0; step < 4; step++) {
      whole.step(step, 1, manager);
      sharded.step(step, 1, manager);
    }
    assertSame(whole.values(), sharded.values());
    assertSame(whole.state(), sharded.state());
  }

  @Test
  void statesAreNamedAfterTheirTensors() {
    Trained sharded = trained(ImmutableIntArray.of(0), ImmutableIntArray.of(1, 2));
    Set<String> names = new HashSet<>();
    for (SplitArray state : sharded.optimizer().state()) {
      assertTrue(names.add(state.name()), state.name() + " twice");
      TrainedTensor tensor =
          sharded.tensors().stream()
              .filter(t -> state.name().startsWith(t.name() + "."))
              .findFirst()
              .orElseThrow(() -> new AssertionError(state.name() + " is the state of no tensor"));
      boolean stacked =
          state.shape().dimension() > 0 && state.shape().get(0) == tensor.shape().get(0);
      if (stacked && tensor.isStack()) {
        int rows = state.pieces().stream().mapToInt(p -> p.rows().length()).sum();
        assertEquals(EXPERTS, rows, "rows of " + state.name());
      }
    }
  }

  /** Arrays that an update makes are freed; what the model and the state hold does not grow. */
  @Test
  void anUpdateLeavesNoArrays() {
    Trained trained = trained(ImmutableIntArray.of());
    trained.step(0, 1, manager);
    int before = manager.getManagedArrays().size();
    IntStream.range(1, 4).forEach(step -> trained.step(step, 1, manager));
    assertEquals(before, manager.getManagedArrays().size(), "arrays with the model");
  }
}
