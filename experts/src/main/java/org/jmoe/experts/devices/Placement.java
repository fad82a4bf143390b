package org.jmoe.experts.devices;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jmoe.device.NamedDevice;
import org.jmoe.metrics.LoadReport;

/**
 * Assignment of experts to devices. The first device (home) also has all other parameters.
 *
 * @param devices distinct
 * @param deviceOfExpert (E) index into devices
 */
public record Placement(List<NamedDevice> devices, ImmutableIntArray deviceOfExpert) {
  /** Checks the devices and indices. */
  public Placement {
    devices = ImmutableList.copyOf(devices);
    requireDistinct(devices);
    Preconditions.checkArgument(!deviceOfExpert.isEmpty(), "the placement has no experts");
    for (int e = 0; e < deviceOfExpert.length(); e++) {
      int device = deviceOfExpert.get(e);
      Preconditions.checkArgument(
          device >= 0 && device < devices.size(),
          "expert %s has device index %s, but there are %s devices",
          e,
          device,
          devices.size());
    }
  }

  /**
   * Checks a list of devices.
   *
   * @throws IllegalArgumentException if it is empty or has duplicates
   */
  public static void requireDistinct(List<NamedDevice> devices) {
    Preconditions.checkArgument(
        !devices.isEmpty(), "the list of devices is empty; specify at least one, such as cpu:0");
    Set<NamedDevice> seen = new HashSet<>();
    for (NamedDevice device : devices) {
      Preconditions.checkArgument(
          seen.add(device), "device %s is listed twice; list each device once", device);
    }
  }

  /**
   * Places consecutive experts evenly; if the division is uneven, the first devices have one more.
   */
  public static Placement even(int experts, List<NamedDevice> devices) {
    requireDistinct(devices);
    int each = experts / devices.size();
    int more = experts % devices.size();
    ImmutableIntArray.Builder places = ImmutableIntArray.builder();
    for (int d = 0; d < devices.size(); d++) {
      for (int i = 0; i < each + (d < more ? 1 : 0); i++) {
        places.add(d);
      }
    }
    return new Placement(devices, places.build());
  }

  /**
   * Places experts as listed.
   *
   * @param experts E
   * @param lists the experts of each device, home first
   * @throws IllegalArgumentException if an expert is listed twice, missing or out of range
   */
  public static Placement of(int experts, Map<NamedDevice, List<Integer>> lists) {
    List<NamedDevice> devices = ImmutableList.copyOf(lists.keySet());
    int[] places = new int[experts];
    Arrays.fill(places, -1);
    for (int d = 0; d < devices.size(); d++) {
      for (int e : lists.getOrDefault(devices.get(d), List.of())) {
        Preconditions.checkArgument(
            e >= 0 && e < experts,
            "expert %s is out of range; experts are 0 to %s",
            e,
            experts - 1);
        Preconditions.checkArgument(
            places[e] < 0,
            "expert %s is placed twice, on %s and %s",
            e,
            places[e] < 0 ? null : devices.get(places[e]),
            devices.get(d));
        places[e] = d;
      }
    }
    for (int e = 0; e < experts; e++) {
      Preconditions.checkArgument(places[e] >= 0, "expert %s is not placed on any device", e);
    }
    return new Placement(devices, ImmutableIntArray.copyOf(places));
  }

  /**
   * Places experts by load, longest processing time first: the busiest first, each on the device
   * with the least load so far (Graham 1969; the maximum load is at most 4/3 - 1/(3n) times the
   * optimum). Ties go to the lower expert, and to the device with fewer experts, then to the first
   * device.
   *
   * @param load of a layer; kept choices are counted
   */
  public static Placement byLoad(LoadReport load, List<NamedDevice> devices) {
    requireDistinct(devices);
    long[] busy = new long[devices.size()];
    int[] count = new int[devices.size()];
    int[] places = new int[load.experts()];
    IntStream.range(0, load.experts())
        .boxed()
        .sorted(Comparator.comparingLong((Integer e) -> -load.kept().get(e)))
        .forEach(
            e -> {
              int least = 0;
              for (int d = 1; d < busy.length; d++) {
                boolean idler = busy[d] == busy[least] && count[d] < count[least];
                least = busy[d] < busy[least] || idler ? d : least;
              }
              places[e] = least;
              busy[least] += load.kept().get(e);
              count[least]++;
            });
    return new Placement(devices, ImmutableIntArray.copyOf(places));
  }

  /** Returns the number of experts E. */
  public int experts() {
    return deviceOfExpert.length();
  }

  /** Returns the device of the router and all other parameters that are not experts. */
  public NamedDevice home() {
    return devices.get(0);
  }

  /** Returns the experts of a device in ascending order. */
  public ImmutableIntArray expertsOn(NamedDevice device) {
    int index = devices.indexOf(device);
    ImmutableIntArray.Builder experts = ImmutableIntArray.builder();
    for (int e = 0; e < experts(); e++) {
      if (deviceOfExpert.get(e) == index) {
        experts.add(e);
      }
    }
    return experts.build();
  }

  /** Returns the devices without experts. */
  public List<NamedDevice> idle() {
    return devices.stream().filter(d -> expertsOn(d).isEmpty()).toList();
  }
}
