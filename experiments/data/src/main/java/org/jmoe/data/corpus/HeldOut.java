package org.jmoe.data.corpus;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * Selects validation documents by a hash of (seed, name), so the selection does not depend on their
 * order or on other documents.
 *
 * @param share fraction of documents to hold out, in [0, 1)
 */
public record HeldOut(double share, long seed) {
  /** Validates the fraction. */
  public HeldOut {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "The validation share is %s; it must be at least 0 and below 1.".formatted(share));
    }
  }

  /** Returns whether the document with this name is held out. */
  public boolean test(String name) {
    long hash =
        Hashing.murmur3_128()
            .newHasher()
            .putLong(seed)
            .putString(name, StandardCharsets.UTF_8)
            .hash()
            .asLong();
    return (hash >>> 11) * 0x1.0p-53 < share;
  }
}
