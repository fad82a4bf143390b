package org.jmoe.training;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;

/**
 * Bytes allocated through glibc's malloc and not yet freed, over all arenas; the engine allocates
 * its arrays there. Resident memory would also include JIT-compiled code and free memory retained
 * by the allocator.
 */
final class NativeHeap {
  private NativeHeap() {}

  /** The C library. */
  interface LibC extends Library {
    /** Available in glibc 2.33 and later. */
    Info mallinfo2();
  }

  /** {@code struct mallinfo2}. */
  @Structure.FieldOrder({
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost"
  })
  public static final class Info extends Structure implements Structure.ByValue {
    public long arena;
    public long ordblks;
    public long smblks;
    public long hblks;
    public long hblkhd;
    public long usmblks;
    public long fsmblks;
    public long uordblks;
    public long fordblks;
    public long keepcost;
  }

  /** Returns whether the C library provides {@code mallinfo2}. */
  static boolean isKnown() {
    try {
      return bytes() > 0;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  static long bytes() {
    Info info = Native.load("c", LibC.class).mallinfo2();
    return info.uordblks + info.hblkhd;
  }
}
