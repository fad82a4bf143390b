package org.jmoe.experts.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jmoe.device.NamedDevice;
import org.jmoe.metrics.LoadReport;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;

final class PlacementTest {
  private static final List<NamedDevice> THREE =
      List.of(new NamedDevice("gpu", 0), new NamedDevice("gpu", 1), new NamedDevice("cpu", 0));

  @Test
  void evenDiffersByAtMostOne() {
    assertEquals(
        ImmutableIntArray.of(0, 0, 0, 1, 1, 1, 2, 2), Placement.even(8, THREE).deviceOfExpert());
    assertEquals(ImmutableIntArray.of(0, 1), Placement.even(2, THREE).deviceOfExpert());
    assertEquals(List.of(THREE.get(2)), Placement.even(2, THREE).idle());
    assertEquals(ImmutableIntArray.of(6, 7), Placement.even(8, THREE).expertsOn(THREE.get(2)));
    assertEquals(THREE.get(0), Placement.even(8, THREE).home());
  }

  /** Worked by hand: 9 to gpu:0, 7 to gpu:1, 6 to cpu:0, 5 to cpu:0, the first 4 to gpu:1, .. */
  @Test
  void longestProcessingTimeFirst() {
    LoadReport load = load(4, 9, 6, 4, 5, 7, 0);
    assertEquals(
        ImmutableIntArray.of(1, 0, 2, 0, 2, 1, 1), Placement.byLoad(load, THREE).deviceOfExpert());
    // No load: devices with the fewest experts first, in order.
    assertEquals(
        ImmutableIntArray.of(0, 1, 2, 0),
        Placement.byLoad(load(0, 0, 0, 0), THREE).deviceOfExpert());
  }

  /** Graham's bound relative to the optimum, found by exhaustive search. */
  @Test
  void loadIsWithinGrahamsBound() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 50; i++) {
      long[] loads = random.longs(7, 0, 100).toArray();
      Placement placement = Placement.byLoad(load(loads), THREE);
      long best = Long.MAX_VALUE;
      for (int code = 0; code < 2187; code++) {
        int[] places = new int[7];
        int rest = code;
        for (int e = 0; e < 7; e++) {
          places[e] = rest % 3;
          rest /= 3;
        }
        best = Math.min(best, busiest(loads, ImmutableIntArray.copyOf(places)));
      }
      long found = busiest(loads, placement.deviceOfExpert());
      assertTrue(found <= best * (4.0 / 3 - 1.0 / 9) + 1e-9, found + " of " + best);
    }
  }

  private static long busiest(long[] loads, ImmutableIntArray places) {
    long[] sums = new long[3];
    IntStream.range(0, loads.length).forEach(e -> sums[places.get(e)] += loads[e]);
    return Math.max(sums[0], Math.max(sums[1], sums[2]));
  }

  private static LoadReport load(long... kept) {
    ImmutableLongArray all = ImmutableLongArray.copyOf(kept);
    return new LoadReport("layer", 10, all, all, ImmutableLongArray.of());
  }

  @Test
  void listsAreChecked() {
    assertEquals(
        ImmutableIntArray.of(1, 0, 1), listed(3, List.of(1), List.of(2, 0)).deviceOfExpert());
    assertEquals(
        "expert 1 is placed twice, on gpu:0 and gpu:1", errorOf(3, List.of(1), List.of(2, 0, 1)));
    assertEquals("expert 0 is not placed on any device", errorOf(3, List.of(1), List.of(2)));
    assertEquals(
        "expert 3 is out of range; experts are 0 to 2", errorOf(3, List.of(0, 1, 2), List.of(3)));
    NamedDevice one = THREE.get(0);
    assertEquals(
        "device gpu:0 is listed twice; list each device once",
        Errors.message(IllegalArgumentException.class, () -> Placement.even(4, List.of(one, one))));
    assertEquals(
        "the list of devices is empty; specify at least one, such as cpu:0",
        Errors.message(IllegalArgumentException.class, () -> Placement.even(4, List.of())));
  }

  private static String errorOf(int experts, List<Integer> first, List<Integer> second) {
    return Errors.message(IllegalArgumentException.class, () -> listed(experts, first, second));
  }

  private static Placement listed(int experts, List<Integer> first, List<Integer> second) {
    Map<NamedDevice, List<Integer>> lists = new LinkedHashMap<>();
    lists.put(THREE.get(0), first);
    lists.put(THREE.get(1), second);
    return Placement.of(experts, lists);
  }
}
