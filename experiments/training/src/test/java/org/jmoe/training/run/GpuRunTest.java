package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import org.jmoe.device.DeviceException;
import org.jmoe.experts.devices.Transport;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.config.RunConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on GPUs; executed with {@code mvn verify -Pgpu}. */
@Tag("gpu")
final class GpuRunTest {
  @TempDir Path folder = Path.of("");

  private static void needs(int gpus) {
    int found = Engine.getInstance().getGpuCount();
    Assumptions.assumeTrue(
        found >= gpus, "skipped: needs " + gpus + " GPUs, the engine sees " + found);
  }

  private double nats(String name, String devices, int replicas, String... changes) {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder), changes);
    Execution execution = Execution.plain().withDevices(DeviceLayout.parse(devices, replicas));
    return Run.of(config).execute(folder.resolve(name), execution).validationNats();
  }

  @Test
  void oneGpuMatchesTheCpu() {
    needs(1);
    assertEquals(nats("cpu", "cpu:0", 1), nats("gpu", "gpu:0", 1), 1e-4);
  }

  @Test
  void expertsAreShardedOverCpuAndGpu() {
    needs(1);
    assertEquals(nats("cpu", "cpu:0", 1), nats("both", "cpu:0,gpu:0", 1), 1e-4);
    assertEquals(nats("gpu", "gpu:0", 1), nats("reversed", "gpu:0,cpu:0", 1), 1e-4);
  }

  @Test
  void expertsAreShardedOverTwoGpus() {
    needs(2);
    String slots = "model.moe.router.capacity.trainFactor=1";
    assertEquals(nats("one", "gpu:0", 1), nats("two", "gpu:0,gpu:1", 1), 1e-6);
    assertEquals(nats("one-s", "gpu:0", 1, slots), nats("two-s", "gpu:0,gpu:1", 1, slots), 1e-6);
  }

  @Test
  void replicasOnTwoGpus() {
    needs(2);
    String twice = "training.accumulation=2";
    assertEquals(nats("one", "gpu:0", 1, twice), nats("two", "gpu:0,gpu:1", 2, twice), 1e-6);
  }

  @Test
  void outOfMemoryIsReported() {
    needs(1);
    Transport allocating =
        (rows, there, device) -> {
          there.getManager().zeros(new Shape(1L << 44), there.getDataType(), there.getDevice());
          return Transport.direct().copy(rows, there, device);
        };
    DeviceLayout layout =
        new DeviceLayout(DeviceLayout.parse("cpu:0,gpu:0", 1).devices(), 1, allocating);
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    DeviceException failure =
        assertThrows(
            DeviceException.class,
            () ->
                Run.of(config)
                    .execute(folder.resolve("out"), Execution.plain().withDevices(layout)));
    assertTrue(failure.bytes().isPresent(), failure.getMessage());
    assertTrue(String.valueOf(failure.getMessage()).contains("gpu:0 is out of memory"));
  }
}
