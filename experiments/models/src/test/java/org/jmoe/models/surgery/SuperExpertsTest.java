package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.stream.IntStream;
import org.jmoe.metrics.ExpertPeaks;
import org.junit.jupiter.api.Test;

final class SuperExpertsTest {
  private static final int N = 100; // experts per layer

  /** Experts have peaks 1 to 2, except those given. */
  private static ExpertPeaks layer(double... first) {
    return new ExpertPeaks(
        ImmutableDoubleArray.copyOf(
            IntStream.range(0, N)
                .mapToDouble(e -> e < first.length ? first[e] : 1 + e / (double) N)));
  }

  /**
   * The authors' rule: 300 experts in the first 3 of 4 layers, so the 99.5th percentile is
   * interpolated between the second and the third largest: 8 + 0.505 * (30 - 8) = 19.11.
   */
  @Test
  void extremeExpertsOfEarlyLayers() {
    ImmutableSortedMap<Integer, ExpertPeaks> peaks =
        ImmutableSortedMap.of(
            0, layer(), 1, layer(1, 100, 30), 2, layer(8), 3, layer(1000)); // the last is too late
    assertEquals(
        ImmutableList.of(new SuperExperts.Found(1, 1, 100.0), new SuperExperts.Found(1, 2, 30.0)),
        SuperExperts.of(peaks, 4).found());
  }

  /** 30 is above the percentile but below a tenth of 1000. */
  @Test
  void aTenthOfTheLargestIsRequired() {
    ImmutableSortedMap<Integer, ExpertPeaks> peaks =
        ImmutableSortedMap.of(0, layer(), 1, layer(1, 1000, 30), 2, layer(8));
    assertEquals(
        ImmutableList.of(new SuperExperts.Found(1, 1, 1000.0)), SuperExperts.of(peaks, 4).found());
    assertEquals(ImmutableList.of(), SuperExperts.of(ImmutableSortedMap.of(), 4).found());
  }
}
