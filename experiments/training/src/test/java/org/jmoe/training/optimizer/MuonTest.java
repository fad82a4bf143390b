package org.jmoe.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.io.Resources;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jmoe.device.NamedDevice;
import org.jmoe.io.Json;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Precision;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MuonTest extends OptimizerContract {
  private static final int STEPS = 30;

  /** Tensors of experiments/peers/optimizer_fixtures.py, in its order. */
  private static final Map<String, Shape> SHAPES = new LinkedHashMap<>();

  static {
    SHAPES.put("wide", new Shape(4, 6));
    SHAPES.put("tall", new Shape(8, 5));
    SHAPES.put("stack", new Shape(2, 4, 6));
    SHAPES.put("square", new Shape(2, 16, 16));
    SHAPES.put("bias", new Shape(5));
  }

  @RegisterExtension final BatchScope scope = new BatchScope();

  @Override
  protected OptimizerSpec spec() {
    return Muon.Spec.of(0.05);
  }

  private static Muon.Spec spec(Precision precision, Muon.Scale scale, boolean nesterov) {
    AdamW.Spec others = new AdamW.Spec(0.003, 0.9, 0.95, 1e-8, 0, 0, List.of());
    return new Muon.Spec(
        0.02, 0.95, nesterov, 5, scale, precision, 0.1, 0, "/router/", others, List.of());
  }

  /**
   * 30 steps of torch.optim.Muon and AdamW. An update is about 0.02 in size; bfloat16 rounds by 0.4
   * % in every matmul, in an order that depends on the library.
   */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, JORDAN, true, 1e-6, 2e-5",
    "FLOAT32, JORDAN, false, 1e-6, 2e-5",
    "FLOAT32, MOONLIGHT, true, 1e-6, 2e-5",
    "BFLOAT16, MOONLIGHT, true, 5e-4, 1e-2"
  })
  void equalsPyTorch(
      Precision precision, Muon.Scale scale, boolean nesterov, double first, double last)
      throws IOException {
    JsonNode expected =
        Json.plain()
            .readTree(Resources.toByteArray(Resources.getResource(MuonTest.class, "muon.json")))
            .get(precision + " " + scale + " " + nesterov);
    List<TrainedTensor> tensors = new ArrayList<>();
    SHAPES.forEach((name, shape) -> tensors.add(tensor(tensors.size(), name, shape)));
    Optimizer optimizer = spec(precision, scale, nesterov).build(tensors, scope.manager());
    for (int step = 1; step <= STEPS; step++) {
      List<NDArray> gradients = new ArrayList<>();
      for (int t = 0; t < tensors.size(); t++) {
        gradients.add(array(t, step, tensors.get(t).shape()));
      }
      StepGradients all = new StepGradients(gradients, 1);
      NoGrad.run(() -> optimizer.update(all, 1));
      JsonNode now = expected.path(Integer.toString(step));
      for (TrainedTensor tensor : now.isMissingNode() ? List.<TrainedTensor>of() : tensors) {
        double[] values =
            StreamSupport.stream(now.get(tensor.name()).spliterator(), false)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
        Tensors.assertClose(values, tensor.pieces().get(0).value(), step == 1 ? first : last);
      }
    }
    assertTrue(expected.has("1") && expected.has(Integer.toString(STEPS)));
  }

  private TrainedTensor tensor(int index, String name, Shape shape) {
    NDArray value = array(index, 0, shape);
    Parameter.Type type = name.equals("bias") ? Parameter.Type.BIAS : Parameter.Type.WEIGHT;
    Parameter parameter =
        Parameter.builder()
            .setName(name)
            .setType(type)
            .optShape(shape)
            .optInitializer((m, s, t) -> value)
            .build();
    parameter.initialize(scope.manager(), DataType.FLOAT32);
    NamedDevice device = new NamedDevice("cpu", 0);
    ImmutableIntArray all = ImmutableIntArray.of();
    NamedTensor named =
        new NamedTensor(name, shape, List.of(new NamedTensor.Piece(parameter, all, device)));
    TrainedTensor.Piece piece = new TrainedTensor.Piece(index, parameter.getArray(), all, device);
    return new TrainedTensor(named, 1, 1, List.of(piece));
  }

  private NDArray array(int tensor, int step, Shape shape) {
    double[] values =
        IntStream.range(0, (int) shape.size())
            .mapToDouble(i -> Math.sin(1.3 * tensor + 0.7 * step + 0.37 * i * i + 0.01 * step * i))
            .toArray();
    return Tensors.of(scope.manager(), DataType.FLOAT32, values, shape.getShape());
  }

  /** Jordan et al. aim at singular values between about 0.7 and 1.2. */
  @Test
  void eachExpertIsOrthogonalizedOnItsOwn() {
    NDArray stack = Tensors.random(scope.manager(), 1, 3, 8, 16); // (E, D, H)
    NDArray scaled =
        stack.mul(scope.manager().create(new double[] {1, 1e3, 1e-3}).reshape(3, 1, 1));
    NDArray found = FusedUpdates.orthogonalise(scaled, 5, Precision.FLOAT32); // (E, D, H)
    for (int e = 0; e < 3; e++) {
      NDArray one = FusedUpdates.orthogonalise(stack.get(e), 5, Precision.FLOAT32); // (D, H)
      Tensors.assertClose(Tensors.doubles(one), found.get(e), 1e-6);
      double[] gram = Tensors.doubles(one.matMul(one.transpose())); // (D, D)
      double trace = IntStream.range(0, 8).mapToDouble(i -> gram[9 * i]).sum();
      double squares = Arrays.stream(gram).map(x -> x * x).sum(); // sum of 4th powers
      assertTrue(trace / 8 > 0.6 && trace / 8 < 1.3, "mean square " + trace / 8);
      assertTrue(squares / 8 < 1.6, "mean 4th power " + squares / 8);
    }
  }

  @Test
  void aZeroGradientGivesNoUpdate() {
    NDArray zeros = scope.manager().zeros(new Shape(2, 16, 32));
    Tensors.assertClose(
        new double[2 * 16 * 32], FusedUpdates.orthogonalise(zeros, 5, Precision.FLOAT32), 0);
  }

  @Test
  void embeddingsRoutersAndGainsHaveTheStateOfTheOtherOptimizer() {
    List<TrainedTensor> tensors = new ArrayList<>();
    for (String name :
        List.of(
            "model/embedding", "model/layers/0/moe/router/gate", "model/layers/0/moe/experts/in")) {
      tensors.add(tensor(tensors.size(), name, new Shape(4, 6)));
    }
    List<String> state =
        Muon.Spec.of(0.1).build(tensors, scope.manager()).state().stream()
            .map(array -> array.name())
            .toList();
    assertEquals(
        List.of(
            "model/layers/0/moe/experts/in.momentum",
            "model/embedding.mean",
            "model/embedding.variance",
            "model/embedding.step",
            "model/layers/0/moe/router/gate.mean",
            "model/layers/0/moe/router/gate.variance",
            "model/layers/0/moe/router/gate.step"),
        state);
  }

  @Test
  void invalidSettingsAreRejected() {
    Muon.Spec good = Muon.Spec.of(0.1);
    assertThrows(IllegalArgumentException.class, () -> Muon.Spec.of(0));
    assertThrows(IllegalArgumentException.class, () -> with(good, "(", good.others()));
    IllegalArgumentException clips =
        assertThrows(IllegalArgumentException.class, () -> with(good, "", AdamW.Spec.of(0.1)));
    assertEquals(
        "clip = 1.0 and groups of others must be 0 and []; those of Muon apply to all parameters",
        clips.getMessage());
  }

  private static Muon.Spec with(Muon.Spec s, String except, OptimizerSpec others) {
    return new Muon.Spec(
        s.rate(),
        s.momentum(),
        s.nesterov(),
        s.iterations(),
        s.scale(),
        s.precision(),
        s.decay(),
        s.clip(),
        except,
        others,
        s.groups());
  }
}
