package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.engine.Engine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Checks that missing GPU components are reported, and only those. */
final class GpuSetupTest {
  @Test
  void reportsMissingComponents() {
    assertEquals(
        List.of(
            "none in reach",
            "missing: NVIDIA driver (no /proc/driver/nvidia/version)",
            "missing: libcudart, which DJL needs to detect GPUs; add its folder to LD_LIBRARY_PATH",
            "missing: PyTorch 2.7.1 for CUDA, this is the CPU build; see docs/guide/gpus.md"),
        new GpuSetup("2.7.1-20250812", false, null, null, List.of()).lines());
    assertEquals(
        List.of(
            "none in reach",
            "missing: libcudart, which DJL needs to detect GPUs; add its folder to"
                + " LD_LIBRARY_PATH"),
        new GpuSetup("2.7.1", true, "NVRM version: 570", null, List.of()).lines());
    assertEquals(
        List.of("gpu:0 80.0 GiB, 79.0 free; gpu:1 80.0 GiB, 79.5 free"),
        new GpuSetup(
                "2.7.1",
                true,
                "570",
                "128",
                List.of("gpu:0 80.0 GiB, 79.0 free", "gpu:1 80.0 GiB, 79.5 free"))
            .lines());
  }

  @Test
  void describesThisMachine() {
    GpuSetup setup = GpuSetup.current();
    assertEquals(Engine.getInstance().getGpuCount(), setup.gpus().size());
    assertFalse(setup.lines().isEmpty());
  }
}
