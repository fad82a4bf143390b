package org.jmoe.catalog.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jmoe.catalog.papers.MoreExperts;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.extension.Extensions;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.tensor.Seed;
import org.jmoe.layer.LossTerm;
import org.jmoe.training.StoppedException;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentRunTest {
  @TempDir Path folder = Path.of("");

  private static final class Quiet implements ExperimentRun.Listener {
    private final AtomicInteger finished = new AtomicInteger();
    private final int most;

    Quiet(int most) {
      this.most = most;
    }

    @Override
    public void progress(TrialHost.Job job, double share, String state) {}

    @Override
    public void finished(TrialHost.Job job, Outcome outcome) {
      finished.incrementAndGet();
    }

    @Override
    public boolean shouldStop() {
      return finished.get() >= most;
    }
  }

  private ExperimentRun run(Experiment experiment, int seeds) {
    return new ExperimentRun(
        experiment, Budget.full(), seeds, new ExperimentFolder(folder.resolve("e")));
  }

  @Test
  void resumesWithoutRepeatingTrials() {
    AtomicInteger calls = new AtomicInteger();
    Experiment experiment = new TwoArms(seed -> (double) calls.incrementAndGet());
    assertThrows(
        CancellationException.class,
        () -> run(experiment, 3).execute(new InProcessHost(), 1, new Quiet(2)));
    assertEquals(2, calls.get());
    assertEquals(4, run(experiment, 3).open().size());
    Results results = run(experiment, 3).execute(new InProcessHost(), 1, new Quiet(99));
    assertEquals(6, calls.get());
    assertEquals(List.of(1L, 2L, 3L), results.seeds());
    assertEquals(1.0, results.value("a", 1, "x")); // from the first call
    run(experiment, 3).execute(new InProcessHost(), 1, new Quiet(99));
    assertEquals(6, calls.get());
    run(experiment, 4).execute(new InProcessHost(), 1, new Quiet(99)); // one seed more
    assertEquals(8, calls.get());
  }

  @Test
  void reportsFailureAndKeepsFinishedTrials() {
    AtomicInteger calls = new AtomicInteger();
    Experiment experiment =
        new TwoArms(
            seed -> {
              if (calls.incrementAndGet() == 2) {
                throw new IllegalStateException("no luck");
              }
              return 1.0;
            });
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> run(experiment, 2).execute(new InProcessHost(), 1, new Quiet(99)));
    assertEquals("no luck", e.getMessage());
    assertEquals(2, calls.get());
    assertEquals(3, run(experiment, 2).open().size());
  }

  @Test
  void rejectsForeignFolders() throws Exception {
    Files.createDirectories(folder.resolve("e"));
    Files.writeString(folder.resolve("e/mine.txt"), "mine");
    Experiment experiment = new TwoArms(seed -> 1.0);
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> run(experiment, 1).execute(new InProcessHost(), 1, new Quiet(99)));
    assertTrue(e.toString().contains("is not an experiment folder"), e.toString());
  }

  @Test
  void resumesInterruptedTrialFromCheckpoint() {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    RunTrial trial = RunTrial.of(config);
    Path there = folder.resolve("trial");
    TrialListener stopping = stopping();
    assertThrows(StoppedException.class, () -> trial.run(2, there, Extensions.load(), stopping));
    Outcome resumed = trial.run(2, there, Extensions.load(), TrialListener.none());
    Outcome whole = trial.run(2, folder.resolve("whole"), Extensions.load(), TrialListener.none());
    assertEquals(whole.measures().get("nats"), resumed.measures().get("nats"));
    assertEquals(4, RunRecorder.read(new RunDirectory(there), config).steps().size());
  }

  private static TrialListener stopping() {
    return new TrialListener() {
      @Override
      public void progress(double share, String state) {}

      @Override
      public boolean shouldStop() {
        return true;
      }
    };
  }

  /** Arms that differ only in a loss start with the same weights on the same batch. */
  @Test
  void armsShareDataAndInitialWeights() {
    RunConfig with = TinyRuns.config(TinyRuns.corpus(folder), "training.losses=[]");
    RunConfig without =
        TinyRuns.config(TinyRuns.corpus(folder), "training.losses.0.coefficient=0.5");
    assertEquals(firstNats(with, "with"), firstNats(without, "without"));
    assertTrue(new LossTerm(new SwitchBalance(), 0.5).equals(without.training().losses().get(0)));
  }

  private double firstNats(RunConfig config, String name) {
    RunTrial.of(config).run(3, folder.resolve(name), Extensions.load(), TrialListener.none());
    return RunRecorder.read(new RunDirectory(folder.resolve(name)), config).steps().get(0).nats();
  }

  /** In the real catalogue: any parameter that two arms have in common starts equal. */
  @Test
  void catalogueArmsShareInitialWeights() {
    List<Arm> arms = new MoreExperts().arms(Budget.full());
    try (NDManager manager = NDManager.newBaseManager()) {
      Map<String, float[]> first = initial(arms.get(0), manager);
      for (Arm arm : arms.subList(1, arms.size())) {
        Map<String, float[]> other = initial(arm, manager);
        int shared = 0;
        for (Map.Entry<String, float[]> entry : first.entrySet()) {
          float[] same = other.get(entry.getKey());
          if (same != null && same.length == entry.getValue().length) {
            assertTrue(Arrays.equals(entry.getValue(), same), entry.getKey());
            shared++;
          }
        }
        assertTrue(shared >= 10, arm.name() + " shares " + shared);
      }
    }
  }

  private static Map<String, float[]> initial(Arm arm, NDManager manager) {
    RunConfig config = ((RunTrial) arm.trial()).config();
    try (NDManager scope = manager.newSubManager()) {
      LanguageModel model = config.model().build(Seed.of(1).child("model"));
      model.initialize(scope, DataType.FLOAT32, new Shape(1, 1));
      Map<String, float[]> all = new LinkedHashMap<>();
      for (Parameter parameter : model.getParameters().values()) {
        NDArray array = parameter.getArray();
        all.put(parameter.getName(), array.toFloatArray());
      }
      return all;
    }
  }
}
