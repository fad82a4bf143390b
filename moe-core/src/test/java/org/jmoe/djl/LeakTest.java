package org.jmoe.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jmoe.testing.SquaredError;
import org.junit.jupiter.api.Test;

final class LeakTest {
  private static final int DIM = 4;

  @Test
  void trainingDoesNotLeakArrays() {
    SequentialBlock body = new SequentialBlock();
    body.add(layer("dropless", Capacity.dropless()));
    body.add(layer("limited", Capacity.factor(1)));
    AuxLoss flat = signals -> signals.probs().mul(signals.probs()).sum();
    MoeLoss loss = new MoeLoss(new SquaredError(), new LossTerm(flat, 0.01));
    try (Model model = Model.newInstance("leak", Device.cpu())) {
      model.setBlock(new RecordingModel(body));
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(loss).optDevices(new Device[] {Device.cpu()});
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(6, DIM));
        step(trainer);
        step(trainer);
        int ofModel = held(model.getNDManager());
        int ofTrainer = held(trainer.getManager());
        for (int i = 0; i < 200; i++) {
          step(trainer);
          assertEquals(ofModel, held(model.getNDManager()), "arrays of the model");
          assertEquals(ofTrainer, held(trainer.getManager()), "arrays of the trainer");
        }
      }
    }
  }

  private static MoeLayer layer(String name, Capacity capacity) {
    return new MoeLayer.Spec(
            3,
            new PlainRouter.Spec(2, true, capacity),
            new PlainExperts.Spec(5, Activation.SWIGLU, true))
        .build(DIM, Seed.of(1).child(name));
  }

  private static int held(NDManager manager) {
    return manager.getManagedArrays().size();
  }

  private static void step(Trainer trainer) {
    try (NDManager manager = trainer.getManager().newSubManager()) {
      NDArray x = manager.randomNormal(new Shape(6, DIM)); // (T, D)
      try (GradientCollector collector = trainer.newGradientCollector()) {
        NDList outputs = trainer.forward(new NDList(x));
        collector.backward(trainer.getLoss().evaluate(new NDList(x), outputs));
      }
      trainer.step();
    }
  }
}
