package org.jmoe.data.corpus;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * Chooses validation documents by a hash of (seed, name), so that the choice depends neither on
 * their order nor on what else is built.
 *
 * @param share of the documents, in [0, 1)
 */
public record HeldOut(double share, long seed) {
  /** Checks the share. */
  public HeldOut {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "The validation share is %s; it must be at least 0 and below 1.".formatted(share));
    }
  }

  /** Whether the document of this name is held out. */
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
