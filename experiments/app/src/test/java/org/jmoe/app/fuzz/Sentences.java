package org.jmoe.app.fuzz;

import java.nio.charset.StandardCharsets;

/** Asserts that error messages are readable sentences. */
final class Sentences {
  private static final String JAVA = "Exception";

  private Sentences() {}

  /**
   * Fails on a blank message, or on one with the name of an exception. Names that occur in the
   * input are ignored, since the fuzzer learns the strings it is compared with.
   */
  static void require(RuntimeException e, byte[] input) {
    String message = String.valueOf(e.getMessage());
    boolean leaked =
        message.contains(JAVA)
            && !new String(input, StandardCharsets.ISO_8859_1).contains(JAVA.substring(0, 5));
    if (message.isBlank() || leaked) {
      throw new AssertionError("not a readable sentence: " + message, e);
    }
  }
}
