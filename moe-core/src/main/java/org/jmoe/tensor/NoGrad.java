package org.jmoe.tensor;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * Work without recording gradients, on the current thread. A thread that did not load the engine
 * records by default, so evaluation on a thread of its own needs this.
 */
public final class NoGrad {
  private NoGrad() {}

  /** Runs the work without recording and returns its result. */
  public static <T> T get(Supplier<T> work) {
    Engine.getInstance(); // loads the native library where nothing has yet
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }
}
