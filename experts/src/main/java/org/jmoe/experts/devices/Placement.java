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
import org.jmoe.metrics.LoadReport;
import org.jmoe.tensor.NamedDevice;

/**
 * Which device holds which expert. The first device is the home of everything else.
 *
 * @param devices each once
 * @param deviceOfExpert (E) index into devices
 */
public record Placement(List<NamedDevice> devices, ImmutableIntArray deviceOfExpert) {
  /** Checks that the devices are there and differ. */
  public Placement {
    devices = ImmutableList.copyOf(devices);
    requireDistinct(devices);
    Preconditions.checkArgument(!deviceOfExpert.isEmpty(), "there are no experts to place");
    for (int e = 0; e < deviceOfExpert.length(); e++) {
      int device = deviceOfExpert.get(e);
      Preconditions.checkArgument(
          device >= 0 && device < devices.size(),
          "expert %s is placed on device number %s of %s",
          e,
          device,
          devices.size());
    }
  }

  /**
   * Checks a list of devices.
   *
   * @throws IllegalArgumentException when it is empty or names one twice
   */
  public static void requireDistinct(List<NamedDevice> devices) {
    Preconditions.checkArgument(!devices.isEmpty(), "no device is named; name one, such as cpu:0");
    Set<NamedDevice> seen = new HashSet<>();
    for (NamedDevice device : devices) {
      Preconditions.checkArgument(
          seen.add(device), "device %s is named twice; name each once", device);
    }
  }

  /**
   * Neighbours together, on each device as many as on any other or one more, the first devices
   * having more.
   */
  public static Placement even(int experts, List<NamedDevice> devices) {
    requireDistinct(devices);
    int least = experts / devices.size();
    int more = experts % devices.size();
    ImmutableIntArray.Builder places = ImmutableIntArray.builder();
    for (int d = 0; d < devices.size(); d++) {
      for (int i = 0; i < least + (d < more ? 1 : 0); i++) {
        places.add(d);
      }
    }
    return new Placement(devices, places.build());
  }

  /**
   * As listed.
   *
   * @param experts E
   * @param lists the experts of each device, the home first
   * @throws IllegalArgumentException naming an expert that is listed twice, not at all or unknown
   */
  public static Placement of(int experts, Map<NamedDevice, List<Integer>> lists) {
    List<NamedDevice> devices = ImmutableList.copyOf(lists.keySet());
    int[] places = new int[experts];
    Arrays.fill(places, -1);
    for (int d = 0; d < devices.size(); d++) {
      for (int e : lists.getOrDefault(devices.get(d), List.of())) {
        Preconditions.checkArgument(
            e >= 0 && e < experts, "there is no expert %s, only 0 to %s", e, experts - 1);
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
      Preconditions.checkArgument(places[e] >= 0, "expert %s is placed on no device", e);
    }
    return new Placement(devices, ImmutableIntArray.copyOf(places));
  }

  /**
   * By what the experts had to do: the busiest first, each to the device that has least to do so
   * far (longest processing time first, Graham 1969, whose busiest device has at most 4/3 - 1/(3n)
   * times the least possible). Of equally busy experts the lower number goes first; of devices with
   * equally much to do the one of fewest experts takes it, then the one named first.
   *
   * @param load of a layer, by the choices that were served
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

  /** Number of experts E. */
  public int experts() {
    return deviceOfExpert.length();
  }

  /** The device of the router and of all that is no expert. */
  public NamedDevice home() {
    return devices.get(0);
  }

  /** The experts of a device, ascending. */
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

  /** The devices without an expert. */
  public List<NamedDevice> idle() {
    return devices.stream().filter(d -> expertsOn(d).isEmpty()).toList();
  }
}
