package org.jmoe.app.examples;

import org.jmoe.layer.LossTerm;
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
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.djl.MoeLoss;
import org.jmoe.djl.RecordingModel;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Seed;

/** An MoE layer in a stack of DJL's own blocks, trained by DJL's own trainer. */
public final class StockTraining {
  private StockTraining() {}

  /** Learns which of four coordinates is the largest and prints the share that is right. */
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

      model.setBlock(new RecordingModel(stack)); // hands the routing to the loss
      Loss loss =
          new MoeLoss(
              Loss.softmaxCrossEntropyLoss(),
              new LossTerm(new SwitchBalance(), 0.01));
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(loss)
              .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build())
              .addTrainingListeners(new TrainingListener[0]);
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(64, 4));
        EasyTrain.fit(trainer, 20, data, null);
        NDArray guess = trainer.evaluate(new ai.djl.ndarray.NDList(x)).head().argMax(1); // (T)
        System.out.printf("right: %d of 512%n", guess.eq(labels).countNonzero().getLong());
      }
    }
  }
}
