package org.jmoe.app.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.corpus.DefaultCorpus;
import org.jmoe.io.MissingFlagException;
import org.jmoe.io.OffHeap;
import org.jmoe.tensor.EngineInfo;
import org.jmoe.training.results.Machine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Reports what this machine has and what is missing. */
@Command(
    name = "doctor",
    description = {
      "Checks engine, versions, devices, threads, flags and memory.",
      "Prints one line per check: what was found, or what is missing and how to get"
          + " it. The exit code is 1 if training cannot work."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Machine machine = Machine.current();
    row(out, "java", machine.java());
    row(out, "djl", machine.djl());
    row(out, "pytorch", machine.libtorch());
    row(out, "system", machine.os());
    row(out, "cpu", machine.cpu() + ", " + Runtime.getRuntime().availableProcessors() + " cores");
    row(out, "threads", Integer.toString(machine.threads()));
    row(out, "devices", String.join(", ", machine.devices()));
    String name = "gpu";
    for (String line : GpuSetup.current().lines()) {
      row(out, name, line);
      name = "";
    }
    row(out, "libtorch", EngineInfo.libraryPath());
    row(out, "settings", settings());
    row(out, "heap", gib(Runtime.getRuntime().maxMemory()) + " at most");
    row(out, "allocator", allocator());
    boolean well = arrow(out);
    corpus(out);
    return well ? 0 : 1;
  }

  /** What is set of the variables that choose the native library. */
  private static String settings() {
    String set =
        Stream.of(
                "PYTORCH_LIBRARY_PATH",
                "PYTORCH_VERSION",
                "PYTORCH_FLAVOR",
                "PYTORCH_EXTRA_LIBRARY_PATH",
                "ENGINE_CACHE_DIR",
                "DJL_CACHE_DIR",
                "LD_LIBRARY_PATH",
                "CUDA_VISIBLE_DEVICES")
            .filter(v -> System.getenv(v) != null)
            .map(v -> v + "=" + System.getenv(v))
            .collect(Collectors.joining(" "));
    return set.isEmpty()
        ? "none of PYTORCH_LIBRARY_PATH, PYTORCH_FLAVOR, LD_LIBRARY_PATH, .."
        : set;
  }

  private static String allocator() {
    return System.getenv("GLIBC_TUNABLES") == null
        ? "not tuned: start through the jmoe launcher, which sets GLIBC_TUNABLES"
        : "tuned";
  }

  private static boolean arrow(PrintWriter out) {
    try (BufferAllocator allocator = OffHeap.allocator()) {
      row(out, "arrow", "ready, limit " + gib(allocator.getLimit()));
      return true;
    } catch (MissingFlagException e) {
      row(out, "arrow", String.valueOf(e.getMessage()));
      return false;
    }
  }

  private static void corpus(PrintWriter out) {
    try {
      row(out, "corpus", DefaultCorpus.locate().jars().toString());
    } catch (IllegalArgumentException e) {
      row(out, "corpus", String.valueOf(e.getMessage()));
    }
  }

  private static String gib(long bytes) {
    return bytes == Long.MAX_VALUE
        ? "none"
        : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
  }

  private static void row(PrintWriter out, String name, String value) {
    out.printf("%-10s %s%n", name, value);
  }
}
