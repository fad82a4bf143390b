package org.jmoe.tensor;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import java.util.function.Supplier;

/** What the engine says of itself. */
public final class EngineFacts {
  private EngineFacts() {}

  /** Threads that one operation may use. */
  public static int threads() {
    Engine.getInstance(); // loads the native library
    return JniUtils.getNumThreads();
  }

  /** Does something while one operation may use so many threads. */
  public static <T> T withThreads(int count, Supplier<T> work) {
    int before = threads();
    JniUtils.setNumThreads(count);
    try {
      return work.get();
    } finally {
      JniUtils.setNumThreads(before);
    }
  }

  /** Folder of the PyTorch library that is loaded. */
  public static String libraryPath() {
    Engine.getInstance(); // loads the native library
    return LibUtils.getLibtorchPath();
  }
}
