package org.jmoe.tensor;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import java.util.function.Supplier;

/** Threads and location of the PyTorch engine. */
public final class EngineInfo {
  private EngineInfo() {}

  /** Returns the number of intra-op threads. */
  public static int threads() {
    Engine.getInstance(); // loads the native library
    return JniUtils.getNumThreads();
  }

  /** Runs {@code work} with {@code count} intra-op threads. */
  public static <T> T withThreads(int count, Supplier<T> work) {
    int before = threads();
    JniUtils.setNumThreads(count);
    try {
      return work.get();
    } finally {
      JniUtils.setNumThreads(before);
    }
  }

  /** Returns the folder of the loaded PyTorch library. */
  public static String libraryPath() {
    Engine.getInstance(); // loads the native library
    return LibUtils.getLibtorchPath();
  }
}
