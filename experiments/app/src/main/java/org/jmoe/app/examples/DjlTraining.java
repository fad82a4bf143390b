package org.jmoe.app.examples;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import org.jmoe.djl.MoeLoss;
import org.jmoe.djl.RecordingModel;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Seed;

/** Trains an MoE layer in a DJL {@link SequentialBlock} with DJL's {@link Trainer}. */
public final class DjlTraining {
  private DjlTraining() {}

  /** Learns the argmax of four coordinates and prints the number of correct predictions. */
  public static void main(String[] args) throws IOException, TranslateException {
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance("stock")) {
      NDArray x = manager.randomNormal(new Shape(512, 4)); // (T, D)
      NDArray labels = x.argMax(1); // (T)
      ArrayDataset data =
          new ArrayDataset.Builder().setData(x).optLabels(labels).setSampling(64, true).build();

      MoeLayer.Spec moe =
          new MoeLayer.Spec(4, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.swiglu(16));
      SequentialBlock stack =
          new SequentialBlock()
              .add(moe.build(4, Seed.of(1).child("moe"))) // (T, 4) to (T, 4)
              .add(Linear.builder().setUnits(4).build());

      model.setBlock(new RecordingModel(stack)); // passes routing signals to the loss
      Loss loss =
          new MoeLoss(Loss.softmaxCrossEntropyLoss(), new LossTerm(new SwitchBalance(), 0.01));
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(loss)
              .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build())
              .addTrainingListeners(new TrainingListener[0]);
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(64, 4));
        EasyTrain.fit(trainer, 20, data, null);
        NDArray predicted = trainer.evaluate(new ai.djl.ndarray.NDList(x)).head().argMax(1); // (T)
        System.out.printf("correct: %d of 512%n", predicted.eq(labels).countNonzero().getLong());
      }
    }
  }
}
