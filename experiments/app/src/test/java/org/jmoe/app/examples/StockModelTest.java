package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.djl.AdaptationListener;
import org.jmoe.djl.MoeLoss;
import org.jmoe.djl.RecordingModel;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models with MoE layers under DJL's own predictor, trainer and files. */
final class StockModelTest {
  private static final int DIM = 4;

  /** Stacks its inputs into batches, as translators do by default. */
  private static final class Rows implements Translator<float[], float[]> {
    @Override
    public NDList processInput(TranslatorContext context, float[] row) {
      return new NDList(context.getNDManager().create(row));
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList outputs) {
      return outputs.singletonOrThrow().toFloatArray();
    }
  }

  private static SequentialBlock stack(RouterSpec router, long seed) {
    MoeLayer.Spec moe = new MoeLayer.Spec(4, router, FeedForwardExperts.Spec.swiglu(16));
    return new SequentialBlock()
        .add(moe.build(DIM, Seed.of(seed)))
        .add(Linear.builder().setUnits(DIM).build());
  }

  private static Model model(Block block) {
    Model model = Model.newInstance("m", Device.cpu());
    model.setBlock(block);
    if (!block.isInitialized()) {
      block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(6, DIM));
    }
    return model;
  }

  private static float[][] predict(Model model, List<float[]> rows) throws TranslateException {
    try (Predictor<float[], float[]> predictor = model.newPredictor(new Rows())) {
      return predictor.batchPredict(rows).toArray(float[][]::new);
    }
  }

  @Test
  void aPredictorGetsTheOutputsOfTheModel() throws TranslateException {
    SequentialBlock body = stack(TopKRouter.Spec.of(2), 1);
    List<float[]> rows = IntStream.range(0, 6).mapToObj(i -> new float[] {i, 1, -i, 0.5f}).toList();
    try (Model plain = model(body);
        Model recording = model(new RecordingModel(body));
        Model unwrapped = model(((RecordingModel) recording.getBlock()).body())) {
      for (int batch : new int[] {1, 3, 6}) {
        float[][] expected = predict(plain, rows.subList(0, batch));
        assertArrayEquals(expected, predict(recording, rows.subList(0, batch)));
        assertArrayEquals(expected, predict(unwrapped, rows.subList(0, batch)));
      }
      assertEquals(DIM, predict(recording, rows)[0].length);
      try (Model always = model(RecordingModel.always(body));
          Predictor<NDList, NDList> predictor = always.newPredictor(new NoopTranslator());
          NDManager manager = NDManager.newBaseManager()) {
        assertTrue(predictor.predict(new NDList(manager.ones(new Shape(3, DIM)))).size() > 1);
      }
    }
  }

  private static DefaultTrainingConfig config(Loss task) {
    return new DefaultTrainingConfig(new MoeLoss(task, new LossTerm(new SwitchBalance(), 0.01)))
        .optDevices(new Device[] {Device.cpu()})
        .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build());
  }

  private static ArrayDataset data(NDManager manager) {
    NDArray x = manager.randomNormal(new Shape(500, DIM)); // (T, D)
    return new ArrayDataset.Builder()
        .setData(x)
        .optLabels(x.argMax(1))
        .setSampling(64, true)
        .build();
  }

  private static float[] bias(Model model) {
    return model.getBlock().getParameters().stream()
        .map(parameter -> parameter.getValue().getArray())
        .filter(array -> array.getShape().equals(new Shape(4)))
        .filter(array -> !array.hasGradient())
        .findFirst()
        .orElseThrow()
        .toFloatArray();
  }

  @Test
  void aListenerAdaptsTheRouters(@TempDir Path folder)
      throws IOException, TranslateException, MalformedModelException {
    RouterSpec router =
        new DeepSeekV3Router.Spec(2, new Groups(1, 1), true, 1.0, 0.05, Capacity.dropless());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Model adapted = model(new RecordingModel(stack(router, 1)));
        Model still = model(new RecordingModel(stack(router, 1)))) {
      for (Model model : List.of(adapted, still)) {
        DefaultTrainingConfig config = config(Loss.softmaxCrossEntropyLoss());
        if (model == adapted) {
          config.addTrainingListeners(new AdaptationListener());
        }
        try (Trainer trainer = model.newTrainer(config)) {
          trainer.initialize(new Shape(64, DIM));
          EasyTrain.fit(trainer, 3, data(manager), data(manager)); // validates, too
        }
      }
      assertArrayEquals(new float[4], bias(still));
      float[] bias = bias(adapted);
      double sum = 0;
      for (float each : bias) {
        double steps = each / 0.05; // 3 epochs of 8 batches, each up, down or at rest
        assertEquals(Math.rint(steps), steps, 1e-4);
        assertTrue(Math.abs(steps) <= 24, Arrays.toString(bias));
        sum += Math.abs(steps);
      }
      assertTrue(sum > 0, Arrays.toString(bias));

      adapted.save(folder, "m");
      try (Model loaded = model(new RecordingModel(stack(router, 9)))) {
        loaded.load(folder, "m");
        assertArrayEquals(bias, bias(loaded));
        List<float[]> rows = List.of(new float[] {1, 2, 3, 4}, new float[] {0, -1, 2, 0});
        assertArrayEquals(predict(adapted, rows), predict(loaded, rows));
      }
    }
  }

  @Test
  void aListenerWithoutSignalsIsAnError() {
    RouterSpec router =
        new DeepSeekV3Router.Spec(2, new Groups(1, 1), true, 1.0, 0.05, Capacity.dropless());
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optDevices(new Device[] {Device.cpu()})
            .addTrainingListeners(new AdaptationListener());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Model model = model(stack(router, 1));
        Trainer trainer = model.newTrainer(config)) {
      trainer.initialize(new Shape(64, DIM));
      String message =
          Errors.message(
              IllegalStateException.class,
              () -> {
                try (Batch batch = data(manager).getData(manager).iterator().next()) {
                  EasyTrain.trainBatch(trainer, batch);
                }
              });
      assertTrue(message.contains("new RecordingModel(model)"), message);
    }
  }

  @Test
  void aLayerIsBuiltFromARootSeed() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      MoeLayer.Spec spec =
          new MoeLayer.Spec(4, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.swiglu(16));
      float[][] outputs = new float[2][];
      for (int i = 0; i < 2; i++) {
        Seed seed = i == 0 ? Seed.of(1) : Seed.of(1).child("moe");
        MoeLayer layer = spec.build(DIM, seed);
        layer.initialize(manager, DataType.FLOAT32, new Shape(6, DIM));
        NDList x = new NDList(manager.ones(new Shape(6, DIM)));
        outputs[i] =
            layer.forward(new ParameterStore(manager, false), x, false).head().toFloatArray();
      }
      assertArrayEquals(outputs[1], outputs[0]);
    }
  }
}
