package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.devices.Placement;
import org.jmoe.experts.devices.Transport;
import org.jmoe.io.safetensors.SplitArray;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.ModelOptimizer;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays on devices during sharded training. */
final class ShardedTrainingTest {
  @TempDir Path folder = Path.of("");

  private static List<NamedDevice> cpus(int count) {
    return IntStream.range(0, count).mapToObj(i -> new NamedDevice("cpu", i)).toList();
  }

  private static LanguageModel model(
      TinyTraining tiny, DeviceLayout layout, int group, NDManager manager) {
    LanguageModel model =
        layout
            .on(layout.groups().get(group), tiny.config.model())
            .build(Seed.of(tiny.config.seed()).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  /** The number of engine arrays for model, optimizer and replicas does not change after step 5. */
  @Test
  void arrayCountIsConstantOverAThousandSteps() {
    String[] changes = {
      "training.steps=1000",
      "training.batch=1",
      "training.accumulation=2",
      "training.evaluateEvery=250",
      "model.moe.router.capacity.trainFactor=1"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes);
        NDManager first = NDManager.newBaseManager();
        NDManager second = NDManager.newBaseManager()) {
      DeviceLayout layout = new DeviceLayout(cpus(4), 2, Transport.direct());
      TreeSet<Integer> counts = new TreeSet<>();
      List<Long> steps = new ArrayList<>();
      try (Replicas replicas =
          new Replicas(
              List.of(model(tiny, layout, 0, first), model(tiny, layout, 1, second)),
              List.of(first, second))) {
        Evaluator evaluator = new Evaluator(replicas.model(0), first, tiny.held, 2);
        TrainingListener counting =
            new TrainingListener() {
              @Override
              public void stepped(StepReport report) {
                steps.add(report.step());
                if (report.step() >= 5) {
                  counts.add(first.getManagedArrays().size() + second.getManagedArrays().size());
                }
              }

              @Override
              public void evaluated(long step, Evaluation evaluation) {}
            };
        new Trainer(tiny.config.training(), replicas, Seed.of(1), null)
            .train(tiny.batches, evaluator, counting);
      }
      assertEquals(1000, steps.size());
      assertEquals(1, counts.size(), () -> "array counts over the steps: " + counts);
    }
  }

  /** Each device has moments for exactly its own experts, and together they cover all experts. */
  @Test
  void optimizerStateIsSharded() {
    try (TinyTraining tiny = new TinyTraining(folder, "model.moe.experts=5");
        NDManager manager = NDManager.newBaseManager()) {
      DeviceLayout layout = new DeviceLayout(cpus(3), 1, Transport.direct());
      LanguageModel model = model(tiny, layout, 0, manager);
      Placement placement = Placement.even(5, cpus(3)); // 2, 2, 1
      try (ModelOptimizer optimizer = new ModelOptimizer(AdamW.Spec.of(0.01), model, manager)) {
        Map<String, SplitArray> state = new LinkedHashMap<>();
        optimizer.state().forEach(s -> state.put(s.name(), s));
        int stacks = 0;
        for (NamedTensor tensor : NamedTensor.of(model)) {
          SplitArray mean = Objects.requireNonNull(state.get(tensor.name() + ".mean"));
          SplitArray variance = Objects.requireNonNull(state.get(tensor.name() + ".variance"));
          assertEquals(tensor.shape(), mean.shape());
          boolean sharded = tensor.pieces().size() == 3;
          stacks += sharded ? 1 : 0;
          for (int p = 0; p < tensor.pieces().size(); p++) {
            NamedTensor.Piece piece = tensor.pieces().get(p);
            Shape own = piece.parameter().getArray().getShape();
            assertEquals(own, mean.pieces().get(p).array().getShape());
            assertEquals(own, variance.pieces().get(p).array().getShape());
            assertEquals(piece.rows(), mean.pieces().get(p).rows());
            if (sharded) {
              assertEquals(placement.expertsOn(piece.device()), piece.rows());
              assertEquals(placement.expertsOn(piece.device()).length(), own.get(0));
            } else {
              assertEquals(placement.home(), piece.device());
            }
          }
        }
        assertEquals(2, stacks); // in and out of the one MoE layer
        long numbers =
            optimizer.state().stream()
                .filter(s -> s.name().endsWith(".mean"))
                .flatMap(s -> s.pieces().stream())
                .mapToLong(p -> p.array().size())
                .sum();
        assertEquals(tiny.config.model().parameters(), numbers);
      }
    }
  }

  /** Neither completed nor skipped steps leave gradients on parameters. */
  @ParameterizedTest
  @ValueSource(doubles = {0.01, 1e38}) // the second gives infinite gradients
  void parametersKeepNoGradients(double coefficient) {
    String[] changes = {
      "training.steps=3",
      "training.accumulation=4",
      "training.losses.0.coefficient=" + coefficient,
      "training.numerics.onFault=SKIP_STEP",
      "training.numerics.mostSkips=3"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes);
        NDManager first = NDManager.newBaseManager();
        NDManager second = NDManager.newBaseManager()) {
      DeviceLayout layout = new DeviceLayout(cpus(4), 2, Transport.direct());
      try (Replicas replicas =
          new Replicas(
              List.of(model(tiny, layout, 0, first), model(tiny, layout, 1, second)),
              List.of(first, second))) {
        Evaluator evaluator = new Evaluator(replicas.model(0), first, tiny.held, 2);
        new Trainer(tiny.config.training(), replicas, Seed.of(1), null)
            .train(tiny.batches, evaluator, tiny);
        assertEquals(3, tiny.steps.size());
        tiny.steps.forEach(s -> assertEquals(coefficient > 1, Double.isNaN(s.gradientNorm())));
        for (int r = 0; r < 2; r++) {
          for (Parameter parameter : replicas.model(r).getParameters().values()) {
            for (float number : parameter.getArray().getGradient().toFloatArray()) {
              assertEquals(0f, number, parameter.getName());
            }
          }
        }
      }
    }
  }

  /** Replicas start with the parameters of the first. */
  @Test
  void replicasStartFromTheFirst() {
    try (TinyTraining tiny = new TinyTraining(folder);
        NDManager first = NDManager.newBaseManager();
        NDManager second = NDManager.newBaseManager()) {
      DeviceLayout layout = new DeviceLayout(cpus(4), 2, Transport.direct());
      LanguageModel a = model(tiny, layout, 0, first);
      LanguageModel b = model(tiny, layout, 1, second);
      List<Parameter> from = a.getParameters().values();
      List<Parameter> to = b.getParameters().values();
      from.get(0).freeze(true);
      from.forEach(p -> p.getArray().addi(first.create(0.5f)));
      try (Replicas replicas = new Replicas(List.of(a, b), List.of(first, second))) {
        replicas.copyParameters();
        List<NDArray> some = List.of(from.get(2).getArray(), from.get(1).getArray());
        List<List<NDArray>> counterparts = replicas.counterparts(some);
        assertEquals(2, counterparts.size());
        for (int i = 0; i < 2; i++) {
          assertSame(some.get(i), counterparts.get(0).get(i));
          assertSame(to.get(2 - i).getArray(), counterparts.get(1).get(i));
        }
      }
      for (int i = 0; i < from.size(); i++) {
        NDArray expected = from.get(i).getArray();
        assertArrayEquals(expected.toFloatArray(), to.get(i).getArray().toFloatArray());
        assertEquals(from.get(i).requiresGradient(), to.get(i).requiresGradient());
      }
    }
  }
}
