package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SeedTest {
  @Test
  void childrenExtendThePath() {
    Seed seed = Seed.of(7).child("layers").child(3).child("router");
    assertEquals("layers/3/router", seed.path());
    assertEquals(new Seed(7, "layers/3/router"), seed);
  }

  /** Existing runs depend on these values; they must never change. */
  @Test
  void goldenNumbers() {
    assertEquals(4_117_779_887L, Seed.of(0).value());
    assertEquals(3_969_759_233L, Seed.of(42).child("layer3/gate").value());
  }

  @Test
  void valueDependsOnRootAndPath() {
    Set<Long> values = new HashSet<>();
    for (int root = 0; root < 20; root++) {
      for (int child = 0; child < 20; child++) {
        long value = Seed.of(root).child(child).value();
        assertTrue(value >= 0 && value < 1L << 32, "range of the engine's generator");
        values.add(value);
      }
    }
    assertEquals(400, values.size());
  }

  @Test
  void aChildNeedsAName() {
    assertThrows(IllegalArgumentException.class, () -> Seed.of(1).child(""));
  }
}
