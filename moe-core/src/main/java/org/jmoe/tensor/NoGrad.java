package org.jmoe.tensor;

import ai.djl.pytorch.jni.JniUtils;

/**
 * Keeps the current thread from recording gradients while open. A thread that did not load the
 * engine records by default, so evaluation on a thread of its own needs this.
 */
public final class NoGrad implements AutoCloseable {
  private final boolean before;

  private NoGrad() {
    before = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
  }

  /** Stops recording until closed, on this thread. */
  public static NoGrad open() {
    return new NoGrad();
  }

  /** Restores what was before. */
  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
