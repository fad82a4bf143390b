package org.jmoe.training;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;

/**
 * What glibc's allocator has given out and not got back, in all its arenas: where the engine's
 * arrays live. Resident memory also counts the virtual machine's compiled code and what the
 * allocator keeps for later.
 */
final class NativeHeap {
  private NativeHeap() {}

  /** The C library. */
  interface LibC extends Library {
    /** Of glibc 2.33 and later. */
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

  /** Whether this machine's C library tells. */
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
