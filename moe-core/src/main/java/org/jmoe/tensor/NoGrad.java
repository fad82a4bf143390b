package org.jmoe.tensor;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * Disables gradient recording on the current thread, as {@code torch.no_grad}. Threads that did not
 * load the engine record by default, so evaluation on another thread needs this.
 */
public final class NoGrad {
  private NoGrad() {}

  /** Runs work without gradient recording. */
  public static void run(Runnable work) {
    get(
        () -> {
          work.run();
          return true;
        });
  }

  /** Runs work without gradient recording and returns its result. */
  public static <T> T get(Supplier<T> work) {
    Engine.getInstance(); // loads the native library
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }
}
