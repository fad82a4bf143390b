package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jmoe.experts.BlockExperts;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Seed;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.RunWeights;
import org.jmoe.training.results.Summary;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run with custom experts made of DJL blocks with repeated parameter names. */
final class BlockExpertsRunTest {
  @TempDir Path folder = Path.of("");

  /** Two linear layers with a ReLU in between. */
  record TwoLinear(int hidden) implements ExpertsSpec {
    private BlockExperts.Spec block() {
      return new BlockExperts.Spec(
          dim ->
              new SequentialBlock()
                  .add(Linear.builder().setUnits(hidden).build())
                  .add(Activation.reluBlock())
                  .add(Linear.builder().setUnits(dim).build()));
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return block().build(dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return 2L * dim * hidden + hidden + dim;
    }
  }

  @Test
  void trainsReproduciblyAndReloads() throws IOException {
    RunJson json =
        new RunJson(Extensions.load().with(ExpertsSpec.class, "TwoLinear", TwoLinear.class));
    RunConfig config =
        json.read(
            TinyRuns.tree(
                TinyRuns.corpus(folder),
                json,
                "training.steps=40",
                "model.moe.expert={\"type\":\"TwoLinear\",\"hidden\":12}"));
    Summary first = new Run(config, json).execute(folder.resolve("a"));
    assertTrue(first.validationNats() < 0.95 * Math.log(16), "" + first.validationNats());
    new Run(config, json).execute(folder.resolve("b"));
    ResumeTest.assertSameRun(folder.resolve("a"), folder.resolve("b"));

    Path file = Checkpoint.latest(folder.resolve("a/checkpoints")).orElseThrow();
    try (NDManager manager = NDManager.newBaseManager();
        LoadedRun run = LoadedRun.open(folder.resolve("a"), json)) {
      LanguageModel model = config.model().build(Seed.of(9).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      List<NamedTensor> trained = NamedTensor.of(run.model());
      List<NamedTensor> loaded = NamedTensor.of(model);
      assertFalse(Arrays.equals(numbers(trained.get(9)), numbers(loaded.get(9))));
      RunWeights.of(file).load(model, manager);
      assertEquals(trained.size(), trained.stream().map(NamedTensor::name).distinct().count());
      for (int i = 0; i < trained.size(); i++) {
        assertEquals(trained.get(i).name(), loaded.get(i).name());
        assertArrayEquals(numbers(trained.get(i)), numbers(loaded.get(i)), loaded.get(i).name());
      }
    }
  }

  private static float[] numbers(NamedTensor tensor) {
    return tensor.pieces().get(0).parameter().getArray().toFloatArray();
  }
}
