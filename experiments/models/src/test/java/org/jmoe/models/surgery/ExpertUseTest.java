package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.metrics.ExpertSaliency;
import org.junit.jupiter.api.Test;

/** Selection of experts, with expected values computed by hand. */
final class ExpertUseTest {
  private static ImmutableDoubleArray of(double... numbers) {
    return ImmutableDoubleArray.copyOf(numbers);
  }

  // Three tokens' logits of four experts: (1,1,0,-1), (2,2,1,-2), (0,0,3,0).
  private static final ExpertUse USE =
      new ExpertUse(
          ImmutableList.of(
              new ExpertUse.Layer(
                  new ExpertSaliency(of(10, 6, 1, 0), of(10, 2, 5, 0)),
                  of(5, 5, 2, -5, 5, 5, 2, -5, 2, 2, 10, -2, -5, -5, -2, 5))));

  @Test
  void selectsByFrequencyOrReap() {
    assertEquals(
        ImmutableList.of(ImmutableLongArray.of(0, 2)), USE.best(ExpertUse.Criterion.FREQUENCY, 2));
    assertEquals(
        ImmutableList.of(ImmutableLongArray.of(0, 1)), USE.best(ExpertUse.Criterion.REAP, 2));
    assertThrows(IllegalArgumentException.class, () -> USE.best(ExpertUse.Criterion.REAP, 5));
  }

  @Test
  void expertsJoinTheMostSimilarKeptExpert() {
    // Experts 0 and 2 are kept. Expert 1 has cosine 1 with 0; 3 has -1 with 0 and -0.28 with 2.
    assertEquals(1, USE.layers().get(0).similarity(0, 1), 1e-12);
    assertEquals(ImmutableList.of(ImmutableLongArray.of(0, 0, 2, 2)), USE.groups(2));
  }
}
