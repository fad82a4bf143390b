package org.jmoe.io;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Access to Arrow's off-heap memory. */
public final class OffHeap {
  private static final String FLAG = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  private OffHeap() {}

  /**
   * Returns a new root allocator, which the caller closes.
   *
   * @throws MissingFlagException if the JVM was started without the flag that Arrow needs
   */
  public static BufferAllocator allocator() {
    // Checked first, because Arrow would print a stack trace.
    if (!ByteBuffer.class.getModule().isOpen("java.nio", RootAllocator.class.getModule())) {
      throw new MissingFlagException(
          "Arrow cannot access off-heap memory; start java with the flag " + FLAG + ".");
    }
    return new RootAllocator();
  }
}
