package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.formats.RowsInMemory;
import org.jmoe.data.formats.TokenData;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.junit.jupiter.api.Test;

/** Tokens that are context only are read, and count in no loss. */
final class LossMaskTest {
  private static final List<String> PLAIN =
      List.of("training.losses=[]", "training.optimizer.clip=1e9", "training.steps=2");

  /** As PyTorch's cross-entropy with -100: the mean over the targets of the step that count. */
  @Test
  void theStepIsTheMeanOverItsTargets() {
    try (TinyTraining tiny = new TinyTraining(mostlyContext(), with("training.accumulation=3"))) {
      double sum = 0;
      double squares = 0;
      long targets = 0;
      List<double[]> gradients = new ArrayList<>();
      for (int micro = 0; micro < 3; micro++) {
        try (Batch batch = tiny.batches.at(micro);
            NDManager scope = tiny.manager.newSubManager()) {
          targets += batch.targets();
          sum += addNats(tiny, batch, scope, gradients);
        }
      }
      assertTrue(targets > 0 && targets < 3 * 4 * 16 / 2, "targets: " + targets);
      for (double[] gradient : gradients) {
        for (double g : gradient) {
          squares += g / targets * (g / targets);
        }
      }
      tiny.train();
      assertEquals(sum / targets, tiny.steps.get(0).nats(), 1e-5);
      assertEquals(Math.sqrt(squares), tiny.steps.get(0).gradientNorm(), 1e-5);
    }
  }

  /** Returns the sum of nats over the targets that count, and adds its gradients. */
  private static double addNats(
      TinyTraining tiny, Batch batch, NDManager scope, List<double[]> gradients) {
    return Gradients.recording(
        () -> {
          NDArray logits = // (B, S, V)
              tiny.model.logits(
                  new ParameterStore(scope, false), batch.inputs(scope), null, null, false);
          NDArray logs = logits.logSoftmax(-1); // (B, S, V)
          float[] chosen = new float[batch.tokens() * 16];
          for (int t = 0; t < batch.tokens(); t++) {
            if (batch.target(t) >= 0) {
              chosen[16 * t + (int) batch.target(t)] = -1;
            }
          }
          NDArray nats = logs.mul(scope.create(chosen, logs.getShape())).sum(); // ()
          List<NDArray> parameters =
              tiny.model.getParameters().values().stream()
                  .map(Parameter::getArray)
                  .peek(array -> array.setRequiresGradient(true))
                  .toList();
          List<NDArray> found = Gradients.of(scope, nats, parameters);
          for (int i = 0; i < found.size(); i++) {
            double[] gradient = Ops.cast(found.get(i), DataType.FLOAT64).toDoubleArray();
            if (gradients.size() == i) {
              gradients.add(new double[gradient.length]);
            }
            for (int j = 0; j < gradient.length; j++) {
              gradients.get(i)[j] += gradient[j];
            }
          }
          return Ops.sum(nats);
        });
  }

  @Test
  void microBatchesAndReplicasChangeNothingButRounding() {
    try (TinyTraining whole = new TinyTraining(mostlyContext(), with("training.batch=8"));
        TinyTraining parts = new TinyTraining(mostlyContext(), with("training.accumulation=2"));
        TinyTraining copies = new TinyTraining(mostlyContext(), with("training.accumulation=2"))) {
      whole.train();
      parts.train();
      twoReplicas(copies);
      for (int step = 0; step < 2; step++) {
        assertEquals(whole.steps.get(step).nats(), parts.steps.get(step).nats(), 1e-5);
        assertEquals(
            whole.steps.get(step).gradientNorm(), parts.steps.get(step).gradientNorm(), 1e-4);
        assertEquals(parts.steps.get(step).nats(), copies.steps.get(step).nats());
        assertEquals(parts.steps.get(step).gradientNorm(), copies.steps.get(step).gradientNorm());
      }
    }
  }

  private static void twoReplicas(TinyTraining tiny) {
    try (NDManager other = NDManager.newBaseManager()) {
      var copy = tiny.config.model().build(Seed.of(tiny.config.seed()).child("model"));
      copy.initialize(other, DataType.FLOAT32, new Shape(1, 1));
      try (Replicas replicas =
          new Replicas(List.of(tiny.model, copy), List.of(tiny.manager, other))) {
        new Trainer(tiny.config.training(), replicas, Seed.of(tiny.config.seed()), null)
            .train(tiny.batches, tiny.evaluator(), tiny);
      }
    }
  }

  @Test
  void aTeacherIsFollowedAtTheSameTargets() {
    try (TinyTraining tiny = new TinyTraining(mostlyContext(), with("training.steps=1"));
        TinyTraining teacher = new TinyTraining(mostlyContext(), with("seed=7"))) {
      double sum = 0;
      long targets;
      try (Batch batch = tiny.batches.at(0);
          NDManager scope = tiny.manager.newSubManager()) {
        NDArray ids = batch.inputs(scope); // (B, S)
        ParameterStore store = new ParameterStore(scope, false);
        float[] p = // (B S V)
            teacher.model.logits(store, ids, null, null, false).softmax(-1).toFloatArray();
        float[] q = tiny.model.logits(store, ids, null, null, false).softmax(-1).toFloatArray();
        targets = batch.targets();
        for (int i = 0; i < p.length; i++) {
          sum += batch.target(i / 16) < 0 ? 0 : p[i] * Math.log(p[i] / q[i]);
        }
      }
      new Trainer(
              tiny.config.training(),
              Replicas.alone(tiny.model, tiny.manager),
              Seed.of(1),
              new Distillation(teacher.model, 1, 0.5))
          .train(tiny.batches, tiny.evaluator(), tiny);
      assertEquals(
          sum / targets,
          tiny.steps.get(0).penalties().getOrDefault(Distillation.NAME, Double.NaN),
          1e-5);
    }
  }

  @Test
  void recomputationChangesNoBit() {
    try (TinyTraining kept = new TinyTraining(mostlyContext(), with("training.accumulation=2"));
        TinyTraining again =
            new TinyTraining(
                mostlyContext(), with("training.accumulation=2", "training.recompute=true"))) {
      kept.train();
      again.train();
      assertEquals(kept.steps, again.steps);
      assertEquals(kept.evaluations, again.evaluations);
    }
  }

  @Test
  void evaluationCountsTargetsOnly() {
    try (TinyTraining tiny = new TinyTraining(mostlyContext(), PLAIN)) {
      double sum = 0;
      long targets = 0;
      for (long i = 0; i < tiny.held.perPass(); i++) {
        try (Batch batch = tiny.held.ofPass(i);
            NDManager scope = tiny.manager.newSubManager()) {
          targets += batch.targets();
          sum += addNats(tiny, batch, scope, new ArrayList<>());
        }
      }
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(targets, found.tokens());
      assertEquals(sum / targets, found.nats(), 1e-5);
    }
  }

  @Test
  void aStepWithoutTargetsHasNoGradient() {
    TokenData data = new RowsInMemory(rows(row -> row.map(id -> ~id).toArray()), 4);
    try (TinyTraining tiny = new TinyTraining(data, PLAIN);
        TinyTraining scored = new TinyTraining(mostlyContext(), PLAIN)) {
      Evaluator evaluator = scored.evaluator();
      new Trainer(tiny.config.training(), tiny.model, tiny.manager, Seed.of(1))
          .train(tiny.batches, evaluator, tiny);
      assertArrayEquals(
          new double[] {0, 0}, tiny.steps.stream().mapToDouble(StepReport::gradientNorm).toArray());
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> tiny.evaluator().run(1));
      assertTrue(String.valueOf(e.getMessage()).contains("none of the held-out tokens count"));
    }
  }

  private static List<String> with(String... changes) {
    return Stream.concat(PLAIN.stream(), Stream.of(changes)).toList();
  }

  /** Rows of which few tokens count, and of some rows none. */
  private static TokenData mostlyContext() {
    SplittableRandom random = new SplittableRandom(2);
    return new RowsInMemory(
        rows(
            row -> {
              int share = random.nextInt(4);
              return row.map(id -> random.nextInt(8) < share ? id : ~id).toArray();
            }),
        4);
  }

  private static List<int[]> rows(Function<IntStream, int[]> f) {
    SplittableRandom random = new SplittableRandom(1);
    return Stream.generate(() -> f.apply(random.ints(5 + random.nextInt(30), 0, 15)))
        .limit(100)
        .toList();
  }
}
