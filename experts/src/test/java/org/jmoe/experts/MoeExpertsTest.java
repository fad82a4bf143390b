package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.ExpertsContract;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hierarchical experts and shared experts. */
final class MoeExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return new MoeExperts.Spec(new MoeLayer.Spec(2, router(1, Capacity.dropless()), EXPERT));
  }

  private static final int TOKENS = 6;
  private static final int DIM = 4;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static final ExpertsSpec EXPERT =
      new FeedForwardExperts.Spec(3, Activation.GELU, false, 0);

  private static PlainRouter.Spec router(int k, Capacity capacity) {
    return new PlainRouter.Spec(k, true, capacity);
  }

  private MoeLayer layer(MoeLayer.Spec spec) {
    MoeLayer layer = spec.build(DIM, Seed.of(1).child("moe"));
    layer.initialize(manager, DataType.FLOAT64, new Shape(TOKENS, DIM));
    return layer;
  }

  private static NDArray output(ParameterStore ps, MoeLayer layer, NDArray x) {
    return layer.forward(ps, new NDList(x), true).head();
  }

  private RecordingStore store() {
    return new RecordingStore(new ParameterStore(manager, false), Seed.of(2));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsReachBothLevels(boolean limited) {
    Capacity capacity = limited ? Capacity.fixed(2) : Capacity.dropless();
    MoeLayer.Spec inner = new MoeLayer.Spec(2, router(1, capacity), EXPERT);
    MoeLayer.Spec outer = new MoeLayer.Spec(3, router(2, capacity), new MoeExperts.Spec(inner));
    MoeLayer layer = layer(outer);
    NDArray x = Tensors.random(manager, 3, TOKENS, DIM);
    GradientCheck.assertCorrect(layer, (ps, in) -> output(ps, layer, in), x);
    assertEquals(outer.parameters(DIM), parameters(layer));
    long active = 3 * DIM + 2 * (2 * DIM + 2 * 3 * DIM);
    assertEquals(active, outer.activeParameters(DIM));
  }

  private static long parameters(MoeLayer layer) {
    return layer.getParameters().values().stream().mapToLong(p -> p.getArray().size()).sum();
  }

  /** One outer expert with weight 1 equals the inner layer. */
  @Test
  void oneOuterExpertEqualsTheInnerLayer() {
    MoeLayer.Spec inner = new MoeLayer.Spec(2, router(1, Capacity.dropless()), EXPERT);
    MoeLayer outer =
        layer(new MoeLayer.Spec(1, router(1, Capacity.dropless()), new MoeExperts.Spec(inner)));
    MoeLayer alone = inner.build(DIM, Seed.of(1).child("moe").child("experts").child(0));
    alone.initialize(manager, DataType.FLOAT64, new Shape(TOKENS, DIM));
    NDArray x = Tensors.random(manager, 4, TOKENS, DIM);
    assertArrayEquals(
        output(store(), alone, x).toDoubleArray(),
        output(store(), outer, x).toDoubleArray(),
        1e-12);
    GradientCheck.assertCorrect(outer, (ps, in) -> output(ps, outer, in), x);
  }

  @Test
  void bothLevelsAreRecorded() {
    MoeLayer.Spec inner = new MoeLayer.Spec(2, router(1, Capacity.dropless()), EXPERT);
    MoeLayer outer =
        layer(new MoeLayer.Spec(2, router(1, Capacity.dropless()), new MoeExperts.Spec(inner)));
    RecordingStore store = store();
    output(store, outer, Tensors.random(manager, 4, TOKENS, DIM));
    assertEquals(3, store.signals().size());
  }

  @ParameterizedTest
  @EnumSource(SharedSpec.Mix.class)
  void everyTokenUsesASharedExpert(SharedSpec.Mix mix) {
    MoeLayer.Spec spec =
        new MoeLayer.Spec(3, router(2, Capacity.dropless()), EXPERT, new SharedSpec(EXPERT, mix));
    MoeLayer layer = layer(spec);
    NDArray x = Tensors.random(manager, 5, TOKENS, DIM);
    GradientCheck.assertCorrect(layer, (ps, in) -> output(ps, layer, in), x);
    assertEquals(spec.parameters(DIM), parameters(layer));
  }

  /** With zero routed experts and a plain sum, the output is that of the shared expert. */
  @Test
  void aSharedExpertIsADenseFeedForward() {
    SharedSpec shared = new SharedSpec(EXPERT, SharedSpec.Mix.SUM);
    MoeLayer layer = layer(new MoeLayer.Spec(2, router(1, Capacity.dropless()), EXPERT, shared));
    layer.getParameters().values().stream()
        .filter(p -> p.getName().equals("moe/experts/out"))
        .forEach(p -> p.getArray().muli(p.getArray().zerosLike()));
    NDArray x = Tensors.random(manager, 6, TOKENS, DIM);
    MoeLayer dense =
        new MoeLayer.Spec(1, router(1, Capacity.dropless()), EXPERT)
            .build(DIM, Seed.of(9).child("dense"));
    dense.initialize(manager, DataType.FLOAT64, new Shape(TOKENS, DIM));
    copy(layer, "moe/shared/expert/in", dense, "dense/experts/in");
    copy(layer, "moe/shared/expert/out", dense, "dense/experts/out");
    assertArrayEquals(
        output(store(), dense, x).toDoubleArray(),
        output(store(), layer, x).toDoubleArray(),
        1e-12);
  }

  private static void copy(MoeLayer from, String name, MoeLayer to, String other) {
    from.getParameters().values().stream()
        .filter(p -> p.getName().equals(name))
        .forEach(
            p ->
                to.getParameters().values().stream()
                    .filter(q -> q.getName().equals(other))
                    .forEach(q -> p.getArray().copyTo(q.getArray())));
  }
}
