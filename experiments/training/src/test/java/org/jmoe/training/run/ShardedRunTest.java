package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.device.DeviceException;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.devices.Transport;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.topk.RecurrentRouter;
import org.jmoe.testing.Errors;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.optimizer.Muon;
import org.jmoe.training.results.DeviceSummary;
import org.jmoe.training.results.Summary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs are bit-identical for any number of devices that share the experts. */
final class ShardedRunTest {
  private static final String DROPS = "model.moe.router.capacity.trainFactor=1";
  private static final String LATENT =
      "model.moe.expert={\"type\":\"LatentExperts\",\"width\":8,\"expert\":{\"type\":\"FeedForwardExperts\","
          + "\"hidden\":16,\"activation\":\"SWIGLU\",\"bias\":false,\"dropout\":0}}";

  @TempDir Path folder = Path.of("");

  static Stream<Arguments> configurations() {
    String clip = "training.optimizer.clip=0.05"; // clips in every step
    return Stream.of(
        Arguments.of("dropless", List.of(clip)),
        Arguments.of("with capacity", List.of(clip, DROPS)),
        Arguments.of("expert dropout", List.of("model.moe.expert.dropout=0.3", clip)),
        Arguments.of("expert dropout, capacity", List.of("model.moe.expert.dropout=0.3", DROPS)),
        // hidden layers of width 50 and 100 do not fill whole vector registers
        Arguments.of(
            "gated biases",
            List.of("model.moe.expert.hidden=50", "model.moe.expert.bias=true", clip)),
        Arguments.of(
            "biases",
            List.of("model.moe.expert.bias=true", "model.moe.expert.activation=RELU", clip)),
        Arguments.of(
            "Muon and EMA",
            List.of(
                "training.optimizer=" + TinyRuns.json().tree(Muon.Spec.of(0.01)),
                "training.ema=0.9",
                clip)),
        Arguments.of("losses on gates and outputs", List.of(clip, WEIGHTS)),
        Arguments.of("recurrent routers", List.of(clip, RECURRENT)),
        Arguments.of("latent", List.of(LATENT, clip)),
        Arguments.of("latent, with capacity", List.of(LATENT, DROPS)),
        Arguments.of(
            "bias balancing, accumulated",
            List.of(
                "training.accumulation=2",
                TinyRuns.router(
                    new DeepSeekV3Router.Spec(
                        2, Groups.none(), true, 1, 0.01, Capacity.dropless())))));
  }

  private static final String RECURRENT =
      TinyRuns.router(new RecurrentRouter.Spec(2, 4, Capacity.dropless()));
  private static final String WEIGHTS =
      "training.losses=[{\"loss\":{\"type\":\"SimilarityPreservation\"},\"coefficient\":0.1},"
          + "{\"loss\":{\"type\":\"OutputOrthogonality\"},\"coefficient\":0.1}]";

  @ParameterizedTest(name = "{0}")
  @MethodSource("configurations")
  void shardingIsBitExact(String name, List<String> changes) throws IOException {
    RunConfig config = config(50, changes);
    Summary one = Run.of(config).execute(folder.resolve("1"), on(1, 1));
    assertNull(one.devices());
    for (int devices = 2; devices <= 4; devices++) {
      Path out = folder.resolve("" + devices);
      Summary many = Run.of(config).execute(out, on(devices, 1));
      assertEquals(one.validationNats(), many.validationNats(), devices + " devices");
      assertEquals(one.layers(), many.layers());
      ResumeTest.assertSameRun(folder.resolve("1"), out);
    }
  }

  @Test
  void summaryReportsDevices() {
    // 5 experts on 2 devices: one layer, 4 * 16 tokens, 2 choices per token, 16 elements of 4
    // bytes.
    Summary summary = Run.of(config(4, List.of())).execute(folder.resolve("out"), on(2, 1));
    DeviceSummary devices = Objects.requireNonNull(summary.devices());
    assertEquals(Map.of("cpu:0", List.of(0, 1, 2), "cpu:1", List.of(3, 4)), devices.experts());
    assertEquals(1, devices.replicas());
    assertEquals(List.of("model/layers/1/moe/experts"), List.copyOf(devices.movedBytes().keySet()));
    long moved = devices.movedBytes().values().iterator().next();
    long all = 2L * 4 * 16 * 2 * 16 * 4; // all rows, in both directions
    assertTrue(moved > 0 && moved < all, moved + " of " + all);
  }

  /** Half the width moves half the bytes; routing is unchanged. */
  @Test
  void latentExpertsMoveLatentRows() {
    Summary full = Run.of(config(1, List.of())).execute(folder.resolve("full"), on(2, 1));
    Summary latent = Run.of(config(1, List.of(LATENT))).execute(folder.resolve("latent"), on(2, 1));
    assertEquals(moved(full), 2 * moved(latent));
    assertEquals(
        Map.of("cpu:0", List.of(0, 1, 2), "cpu:1", List.of(3, 4)),
        Objects.requireNonNull(latent.devices()).experts());
  }

  private static long moved(Summary summary) {
    DeviceSummary devices = Objects.requireNonNull(summary.devices());
    return devices.movedBytes().values().iterator().next();
  }

  @Test
  void idleDevicesAreReported() throws IOException {
    RunConfig config = config(4, List.of());
    Messages messages = new Messages();
    Run.of(config).execute(folder.resolve("7"), on(7, 1), messages);
    Run.of(config).execute(folder.resolve("1"), on(1, 1));
    assertEquals(
        List.of(
            "warning: device cpu:5 is idle, because the model has only 5 experts for 7 devices",
            "warning: device cpu:6 is idle, because the model has only 5 experts for 7 devices"),
        messages.all.stream().filter(t -> t.contains("idle")).toList());
    ResumeTest.assertSameRun(folder.resolve("1"), folder.resolve("7"));
  }

  /** Started on four devices and resumed on one, three and two. */
  @Test
  void checkpointsAreIndependentOfDevices() throws IOException {
    RunConfig config = config(12, List.of());
    Path out = folder.resolve("out");
    int[] steps = {3, 6, 9};
    int[] devices = {4, 1, 3};
    for (int i = 0; i < steps.length; i++) {
      Stop stop = new Stop(steps[i]);
      Execution execution = on(devices[i], 1).withStop(() -> stop.reached);
      assertThrows(RuntimeException.class, () -> Run.of(config).execute(out, execution, stop));
      assertTrue(stop.reached);
    }
    Run.of(config).execute(out, on(2, 1));
    Run.of(config).execute(folder.resolve("whole"));
    ResumeTest.assertSameRun(folder.resolve("whole"), out);
    assertTrue(Files.readString(out.resolve("provenance.json")).contains("\"cpu:1\""));
  }

  /** With one micro-batch per replica, gradients are summed in the same order. */
  @Test
  void replicasWithOneMicroBatchAreBitExact() throws IOException {
    for (int copies : new int[] {2, 3}) {
      RunConfig config = config(20, List.of("training.accumulation=" + copies, DROPS));
      Path one = folder.resolve("one" + copies);
      Run.of(config).execute(one, on(1, 1));
      for (int each : new int[] {1, 2}) {
        Path out = folder.resolve(copies + "x" + each);
        Run.of(config).execute(out, on(copies * each, copies));
        ResumeTest.assertSameRun(one, out);
      }
    }
  }

  /**
   * With two micro-batches per replica, gradients are summed in another order, so results agree
   * only up to rounding. All experts are chosen, since rounding could otherwise change a close
   * routing decision.
   */
  @Test
  void replicasWithSeveralMicroBatchesAgreeUpToRounding() throws IOException {
    RunConfig config = config(20, List.of("training.accumulation=4", "model.moe.router.k=5"));
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    Run.of(config).execute(one, on(1, 1));
    Run.of(config).execute(two, on(4, 2));
    assertClose(nats(one), nats(two), 1e-6);
  }

  private static void assertClose(List<Object> a, List<Object> b, double tolerance) {
    assertEquals(a.size(), b.size());
    for (int i = 0; i < a.size(); i++) {
      assertEquals((Double) a.get(i), (Double) b.get(i), tolerance * (Double) a.get(i), "row " + i);
    }
  }

  private static List<Object> nats(Path run) throws IOException {
    return column(run, "nats");
  }

  private static List<Object> column(Path run, String name) throws IOException {
    return Objects.requireNonNull(ArrowRead.columns(run.resolve("metrics.arrow")).get(name), name);
  }

  /** A device fails in step 5; the resumed run is identical to one without failure. */
  @Test
  void runResumesAfterADeviceFailure() throws IOException {
    RunConfig config = config(8, List.of());
    Path out = folder.resolve("out");
    AtomicInteger step = new AtomicInteger();
    Transport failing =
        (rows, there, device) -> {
          if (step.get() == 5 && device.index() == 2) {
            throw new EngineException("CUDA error: unspecified launch failure\nat somewhere");
          }
          return Transport.direct().copy(rows, there, device);
        };
    TrainingListener counting = new Messages(step);
    DeviceLayout layout = new DeviceLayout(cpus(3), 1, failing);
    String message =
        Errors.message(
            DeviceException.class,
            () -> Run.of(config).execute(out, Execution.plain().withDevices(layout), counting));
    assertEquals(
        "step 5: model/layers/1/moe/experts: device cpu:2 failed: CUDA error: unspecified launch"
            + " failure; the failed step was discarded; repeat the same command to resume from step"
            + " 4, saved in "
            + out.resolve("checkpoints/step-4"),
        message);
    assertFalse(Files.exists(out.resolve("summary.json")));
    Run.of(config).execute(out, on(3, 1));
    Run.of(config).execute(folder.resolve("whole"));
    ResumeTest.assertSameRun(folder.resolve("whole"), out);
  }

  @Test
  void invalidLayoutsAreRejected() {
    RunConfig config = config(4, List.of());
    assertEquals(
        "replicas = 2 must divide training.accumulation = 1, since replicas share the micro-batches"
            + " of a step; use a multiple of 2 and reduce training.batch accordingly",
        refused(config, 2, 2));
    RunConfig dense = config(4, List.of("model.moe=null", "training.losses=[]"));
    assertEquals(
        "the model has no experts to shard over 2 devices; use --replicas 2 or one device",
        refused(dense, 2, 1));
    RunConfig mixed =
        config(
            4, List.of("model.moe.expert={\"type\":\"ZeroComputationExperts\",\"kind\":\"COPY\"}"));
    assertEquals(
        "experts of type ZeroComputationExperts cannot be sharded, only FeedForwardExperts and"
            + " LatentExperts can; use --replicas 2 or one device",
        refused(mixed, 2, 1));
    assertFalse(Files.exists(folder.resolve("refused")));
  }

  private String refused(RunConfig config, int devices, int replicas) {
    return Errors.message(
        IllegalArgumentException.class,
        () -> Run.of(config).execute(folder.resolve("refused"), on(devices, replicas)));
  }

  private RunConfig config(int steps, List<String> changes) {
    List<String> all = new ArrayList<>();
    all.add("model.moe.experts=5");
    all.add("training.steps=" + steps);
    all.add("training.evaluateEvery=" + Math.max(2, steps / 5));
    all.add("training.checkpoint.every=" + (steps < 20 ? 2 : steps));
    all.addAll(changes);
    return TinyRuns.config(TinyRuns.corpus(folder), all.toArray(String[]::new));
  }

  private static List<NamedDevice> cpus(int count) {
    return IntStream.range(0, count).mapToObj(i -> new NamedDevice("cpu", i)).toList();
  }

  private static Execution on(int devices, int replicas) {
    return Execution.plain()
        .withDevices(new DeviceLayout(cpus(devices), replicas, Transport.direct()));
  }

  /** Collects messages and counts the steps. */
  private static final class Messages implements TrainingListener {
    private final List<String> all = new ArrayList<>();
    private final AtomicInteger step;

    Messages() {
      this(new AtomicInteger());
    }

    Messages(AtomicInteger step) {
      this.step = step;
    }

    @Override
    public void stepped(StepReport report) {
      step.set((int) report.step() + 1);
    }

    @Override
    public void evaluated(long number, Evaluation evaluation) {}

    @Override
    public void message(String sentence) {
      all.add(sentence);
    }
  }

  /** Requests a stop after a step. */
  private static final class Stop implements TrainingListener {
    private final int after;
    private boolean reached;

    Stop(int after) {
      this.after = after;
    }

    @Override
    public void stepped(StepReport report) {
      reached |= report.step() + 1 == after;
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {}
  }
}
