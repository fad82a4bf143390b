package org.jmoe.tensor;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;

/** What the engine says of itself. */
public final class EngineFacts {
  private EngineFacts() {}

  /** Threads that one operation may use. */
  public static int threads() {
    Engine.getInstance(); // loads the native library
    return JniUtils.getNumThreads();
  }

  /** Folder of the PyTorch library that is loaded. */
  public static String libraryPath() {
    Engine.getInstance(); // loads the native library
    return LibUtils.getLibtorchPath();
  }
}
