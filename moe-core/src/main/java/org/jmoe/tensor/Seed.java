package org.jmoe.tensor;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * A named source of randomness. The number depends on the root and the path alone, so that changing
 * one component never changes the numbers of another.
 *
 * @param root the number a user gives
 * @param path names joined by slashes, such as {@code layers/3/moe/router}; empty at the root
 */
public record Seed(long root, String path) {
  /** The seed that a user's number starts. */
  public static Seed of(long root) {
    return new Seed(root, "");
  }

  /** The seed of a part, named within this one. */
  public Seed child(String name) {
    Preconditions.checkArgument(!name.isEmpty(), "a seed's child needs a name");
    return new Seed(root, path.isEmpty() ? name : path + "/" + name);
  }

  /** The seed of the numbered part. */
  public Seed child(long number) {
    return child(Long.toString(number));
  }

  /** The number to seed a generator with: 0 to 2^32 - 1, all that PyTorch's generator takes in. */
  public long value() {
    return Hashing.sha256()
            .newHasher()
            .putLong(root)
            .putString(path, StandardCharsets.UTF_8)
            .hash()
            .asInt()
        & 0xffffffffL;
  }
}
