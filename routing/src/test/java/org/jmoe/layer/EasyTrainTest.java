package org.jmoe.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import org.jmoe.djl.MoeLoss;
import org.jmoe.djl.RecordingModel;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.SquaredError;
import org.junit.jupiter.api.Test;

/** MoE layers in DJL's standard training loop. */
final class EasyTrainTest {
  private static final int DIM = 4;

  @Test
  void aPlainStackLearns() throws IOException, TranslateException {
    assertLearns(stack(Capacity.dropless()), new SquaredError());
  }

  @Test
  void aRecordedStackWithBalanceLossesLearns() throws IOException, TranslateException {
    assertLearns(
        new RecordingModel(stack(Capacity.factor(1.25))),
        new MoeLoss(
            new SquaredError(),
            new LossTerm(new SwitchBalance(), 0.01),
            new LossTerm(new RouterZ(), 0.001)));
  }

  private static Block stack(Capacity capacity) {
    MoeLayer.Spec spec =
        new MoeLayer.Spec(
            4,
            new TopKRouter.Spec(2, true, capacity),
            new PlainExperts.Spec(8, Activation.SWIGLU, true));
    SequentialBlock stack = new SequentialBlock();
    return stack.add(spec.build(DIM, Seed.of(1).child("moe")));
  }

  /** Trains a block to reverse each token. */
  private static void assertLearns(Block block, Loss loss) throws IOException, TranslateException {
    Engine.getInstance().setRandomSeed(1); // the order of the batches
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Model model = Model.newInstance("toy", Device.cpu())) {
      NDArray x = manager.randomNormal(new Shape(128, DIM)); // (T, D)
      NDArray y = x.flip(1); // (T, D)
      ArrayDataset data =
          new ArrayDataset.Builder().setData(x).optLabels(y).setSampling(32, true).build();
      model.setBlock(block);
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(loss)
              .optDevices(new Device[] {Device.cpu()})
              .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.02f)).build());
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(32, DIM));
        float before = evaluate(trainer, x, y);
        EasyTrain.fit(trainer, 15, data, null);
        float after = evaluate(trainer, x, y);
        assertTrue(after < before / 4, () -> "from " + before + " to " + after);
      }
    }
  }

  private static float evaluate(Trainer trainer, NDArray x, NDArray y) {
    try (NDManager manager = x.getManager().newSubManager()) {
      NDList outputs = trainer.evaluate(new NDList(x));
      outputs.attach(manager);
      return trainer.getLoss().evaluate(new NDList(y), outputs).getFloat();
    }
  }

  @Test
  void withoutARecordingTheEnginesSeedApplies() {
    assertEquals(drawn(1), drawn(1));
    assertNotEquals(drawn(1), drawn(2));
  }

  private static Seed drawn(int seed) {
    Engine.getInstance().setRandomSeed(seed);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      return RecordingStore.draws(new ParameterStore(manager, false), true);
    }
  }
}
