package org.jmoe.app.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.lang.management.MemoryUsage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of the GPU setup.
 *
 * @param libtorch version of the PyTorch library
 * @param cudaBuild whether that library was built for CUDA
 * @param driver of NVIDIA, as the system describes it; null for none
 * @param runtime version of the CUDA runtime that DJL finds GPUs with; null where it finds none
 * @param gpus the memory of each GPU that the engine sees
 */
record GpuSetup(
    String libtorch,
    boolean cudaBuild,
    @Nullable String driver,
    @Nullable String runtime,
    List<String> gpus) {
  /** Of this machine. */
  static GpuSetup current() {
    Engine engine = Engine.getInstance();
    List<String> gpus = new ArrayList<>();
    for (int i = 0; i < engine.getGpuCount(); i++) {
      gpus.add("gpu:" + i + " " + memory(Device.gpu(i)));
    }
    return new GpuSetup(
        engine.getVersion(),
        engine.hasCapability(StandardCapabilities.CUDA),
        driverVersion(),
        runtimeVersion(),
        gpus);
  }

  private static String memory(Device gpu) {
    MemoryUsage usage = CudaUtils.getGpuMemory(gpu);
    double free = usage.getMax() - usage.getUsed();
    return String.format(
        Locale.ROOT,
        "%.1f GiB, %.1f free",
        usage.getMax() / (double) (1L << 30),
        free / (1L << 30));
  }

  private static @Nullable String driverVersion() {
    Path file = Path.of("/proc/driver/nvidia/version");
    try {
      return Files.isReadable(file)
          ? Files.readAllLines(file, StandardCharsets.UTF_8).get(0).strip()
          : null;
    } catch (IOException | IndexOutOfBoundsException e) {
      return null; // a fact for a person, not worth an error
    }
  }

  private static @Nullable String runtimeVersion() {
    try {
      return CudaUtils.getCudaVersionString();
    } catch (RuntimeException e) {
      return null; // DJL reports it as an exception
    }
  }

  /** One line per component: its version, or what is missing and where to get it. */
  List<String> lines() {
    if (!gpus.isEmpty()) {
      return List.of(String.join("; ", gpus));
    }
    List<String> missing = new ArrayList<>();
    missing.add("none in reach");
    if (driver == null) {
      missing.add("missing: NVIDIA driver (no /proc/driver/nvidia/version)");
    }
    if (runtime == null) {
      missing.add(
          "missing: libcudart, which DJL needs to detect GPUs; add its folder to"
              + " LD_LIBRARY_PATH");
    }
    if (!cudaBuild) {
      missing.add(
          "missing: PyTorch %s for CUDA, this is the CPU build; see docs/guide/gpus.md"
              .formatted(libtorch.replaceAll("-.*", "")));
    }
    return missing;
  }
}
