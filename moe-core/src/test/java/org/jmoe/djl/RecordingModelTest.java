package org.jmoe.djl;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.SquaredError;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class RecordingModelTest {
  private static final int DIM = 4;

  @RegisterExtension final BatchScope scope = new BatchScope();

  private static MoeLayer layer(String name) {
    return new MoeLayer.Spec(
            3,
            new PlainRouter.Spec(2, true, Capacity.factor(1)),
            new PlainExperts.Spec(5, Activation.RELU, false))
        .build(DIM, Seed.of(1).child(name));
  }

  private NDList run(Block block) {
    Shape shape = new Shape(2, 6, DIM);
    block.initialize(scope.manager(), DataType.FLOAT64, shape);
    NDArray x = Tensors.random(scope.manager(), 1, 2, 6, DIM); // (B, S, D)
    return block.forward(new ParameterStore(scope.manager(), false), new NDList(x), true);
  }

  private static RoutingSignals first(NDList outputs) {
    return SignalList.layers(outputs).values().iterator().next();
  }

  private static SequentialBlock sequence(Block... blocks) {
    SequentialBlock sequence = new SequentialBlock();
    for (Block block : blocks) {
      sequence.add(block);
    }
    return sequence;
  }

  private static ParallelBlock sum(Block... branches) {
    return new ParallelBlock(
        outputs ->
            new NDList(
                outputs.stream().map(NDList::singletonOrThrow).reduce(NDArray::add).orElseThrow()),
        List.of(branches));
  }

  @Test
  void theWrappedModelReturnsOneArray() {
    assertEquals(1, run(sequence(layer("a"), layer("b"))).size());
  }

  @Test
  void recordsEveryLayerOfASequence() {
    NDList outputs = run(new RecordingModel(sequence(layer("a"), layer("b"))));
    assertEquals(new Shape(2, 6, DIM), outputs.head().getShape());
    Map<String, RoutingSignals> layers = SignalList.layers(outputs);
    assertEquals(List.of("a", "b"), List.copyOf(layers.keySet()));
  }

  @Test
  void recordsBranchesAndNestedBlocks() {
    Block body = sequence(sum(layer("a"), sequence(layer("b"), layer("c"))), layer("d"));
    Map<String, RoutingSignals> layers = SignalList.layers(run(new RecordingModel(body)));
    assertEquals(List.of("a", "b", "c", "d"), List.copyOf(layers.keySet()));
  }

  @Test
  void recordingDoesNotChangeTheOutput() {
    NDList plain = run(layer("a"));
    NDList recorded = run(new RecordingModel(layer("a")));
    assertArrayEquals(plain.head().toDoubleArray(), recorded.head().toDoubleArray());
  }

  @Test
  void signalsAreNamedArraysOfBatchAndSequence() {
    NDList outputs = run(new RecordingModel(layer("a")));
    assertEquals(new Shape(2, 6, 3), outputs.get("a:logits").getShape());
    assertEquals(new Shape(2, 6, 2), outputs.get("a:choices").getShape());
    RoutingSignals signals = first(outputs);
    assertEquals(2, signals.sequences());
    assertEquals(12, signals.tokens());
    assertEquals(3, signals.experts());
    assertEquals(new Shape(12, 2), signals.kept().getShape());
    assertEquals(24, signals.counts().sum().getLong());
    // Capacity ceil(12 * 2 * 1 / 3) = 8 slots: no expert may keep more.
    long[] kept = Ops.bincount(signals.choices().mul(signals.kept()), 3).toLongArray();
    assertTrue(kept[1] <= 8 && kept[2] <= 8);
    assertNull(signals.noisy());
    assertNull(signals.padding());
  }

  @Test
  void paddingAndNoiseAreRestored() {
    NDArray logits = Tensors.random(scope.manager(), 1, 4, 3); // (T, E)
    NDArray choices = Tensors.of(scope.manager(), new int[][] {{0}, {1}, {-1}, {2}}); // (T, K)
    NDArray weights = Tensors.random(scope.manager(), 2, 4, 1); // (T, K)
    NDArray padding = scope.manager().create(new boolean[] {false, false, true, false}); // (T)
    NDArray std = Tensors.random(scope.manager(), 3, 1); // (1)
    RoutingSignals signals =
        RoutingSignals.of(2, logits, Ops.softmax(logits), choices, weights, choices.gte(0))
            .withPadding(padding)
            .withNoise(Ops.scale(logits, 2), std);
    RoutingSignals found = first(SignalList.of(signals, "x:y"));
    assertEquals(2, found.sequences());
    assertArrayEquals(Tensors.doubles(padding), Tensors.doubles(requireNonNull(found.padding())));
    assertArrayEquals(
        Tensors.doubles(Ops.scale(logits, 2)), Tensors.doubles(requireNonNull(found.noisy())));
    assertEquals(new Shape(4, 3), requireNonNull(found.noiseStd()).getShape());
    assertArrayEquals(choices.toLongArray(), found.choices().toLongArray());
  }

  @Test
  void duplicateLayerNamesAreAnError() {
    String message =
        Errors.message(
            IllegalStateException.class,
            () -> run(new RecordingModel(sequence(layer("a"), layer("a")))));
    assertTrue(message.startsWith("two layers are named 'a'"), message);
  }

  @Test
  void aBalanceLossWithoutRecordingIsAnError() {
    MoeLoss loss =
        new MoeLoss(new SquaredError(), new LossTerm(signals -> signals.probs().sum(), 1));
    NDList outputs = run(layer("a"));
    NDList labels = new NDList(outputs.head().zerosLike());
    String message =
        Errors.message(IllegalStateException.class, () -> loss.evaluate(labels, outputs));
    assertTrue(message.endsWith("wrap the model in new RecordingModel(model)"), message);
  }

  @Test
  void balanceLossesAreSummed() {
    AuxLoss tokens = signals -> signals.probs().sum(); // 1 per token
    MoeLoss loss =
        new MoeLoss(new SquaredError(), new LossTerm(tokens, 0.5), new LossTerm(tokens, 0.1));
    NDList outputs = run(new RecordingModel(sequence(layer("a"), layer("b"))));
    NDList labels = new NDList(outputs.head());
    // The task loss is 0; two layers of 12 tokens, weighted 0.5 and 0.1.
    assertEquals(24 * 0.6, loss.evaluate(labels, outputs).getDouble(), 1e-12);
  }
}
