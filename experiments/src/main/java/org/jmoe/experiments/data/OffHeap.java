package org.jmoe.experiments.data;

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
    try {
      BufferAllocator allocator = new RootAllocator();
      allocator.buffer(8).close(); // the first allocation is what fails without the flag
      return allocator;
    } catch (LinkageError | RuntimeException e) {
      throw new MissingFlagException(
          "Arrow cannot reach off-heap memory: start java with the flag " + FLAG + ".", e);
    }
  }
}
