package org.jmoe.app.fuzz;

import java.nio.charset.StandardCharsets;

/** The check that a refusal is a sentence for people. */
final class Sentences {
  private static final String JAVA = "Exception";

  private Sentences() {}

  /**
   * Fails on a message without words, or with the name of an exception that is not in the input:
   * the fuzzer learns the words it is compared with.
   */
  static void require(RuntimeException e, byte[] input) {
    String message = String.valueOf(e.getMessage());
    boolean own =
        message.contains(JAVA)
            && !new String(input, StandardCharsets.ISO_8859_1).contains(JAVA.substring(0, 5));
    if (message.isBlank() || own) {
      throw new AssertionError("no sentence: " + message, e);
    }
  }
}
