package org.jmoe.io;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Arrow's off-heap memory. */
public final class OffHeap {
  private static final String FLAG = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  private OffHeap() {}

  /**
   * A new root allocator; the caller closes it.
   *
   * @throws MissingFlagException when the JVM was started without the flag that Arrow needs
   */
  public static BufferAllocator allocator() {
    // Asked before Arrow tries: it would print a stack trace of its own.
    if (!ByteBuffer.class.getModule().isOpen("java.nio", RootAllocator.class.getModule())) {
      throw new MissingFlagException(
          "Arrow cannot reach off-heap memory: start java with the flag " + FLAG + ".");
    }
    return new RootAllocator();
  }
}
