package org.jmoe.tensor;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * A hierarchical random seed. Its value depends only on root and path, so changing one component
 * never changes the random numbers of another.
 *
 * @param root the user's seed
 * @param path names joined by slashes, such as {@code layers/3/moe/router}; empty at the root
 */
public record Seed(long root, String path) {
  /** Returns the root seed. */
  public static Seed of(long root) {
    return new Seed(root, "");
  }

  /** Returns the seed of a named child. */
  public Seed child(String name) {
    Preconditions.checkArgument(!name.isEmpty(), "the name of a child seed must not be empty");
    return new Seed(root, path.isEmpty() ? name : path + "/" + name);
  }

  /** Returns the seed of a numbered child. */
  public Seed child(long number) {
    return child(Long.toString(number));
  }

  /** Returns the generator seed, 0 to 2^32 - 1, the range of PyTorch's generator. */
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
