package org.jmoe.tensor;

import ai.djl.Device;
import com.google.common.base.Preconditions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device by its name, {@code gpu:1} or {@code cpu:1}. DJL knows one processor alone, so the
 * numbers of processors are virtual: all compute where {@code cpu:0} does, but each owns what is
 * placed on it, and what goes from one to another is copied and counted as between GPUs.
 *
 * @param type cpu or gpu
 * @param index from 0
 */
public record NamedDevice(String type, int index) {
  private static final Pattern NAME = Pattern.compile("(cpu|gpu)(?::([0-9]{1,4}))?");

  /** Checks type and index. */
  public NamedDevice {
    Preconditions.checkArgument(
        type.equals(Device.Type.CPU) || type.equals(Device.Type.GPU),
        "a device is a cpu or a gpu, not '%s'",
        type);
    Preconditions.checkArgument(index >= 0, "a device's index must be at least 0, not %s", index);
  }

  /** The device of a name such as {@code gpu:1}; without a number it is the first. */
  public static NamedDevice parse(String name) {
    Matcher matcher = NAME.matcher(name.strip());
    Preconditions.checkArgument(
        matcher.matches(), "'%s' names no device; use cpu:0, cpu:1, .. or gpu:0, gpu:1, ..", name);
    String index = matcher.group(2);
    return new NamedDevice(matcher.group(1), index == null ? 0 : Integer.parseInt(index));
  }

  /** Where an array of DJL lies. */
  public static NamedDevice of(Device device) {
    return device.isGpu()
        ? new NamedDevice(Device.Type.GPU, device.getDeviceId())
        : new NamedDevice(Device.Type.CPU, 0);
  }

  /** What DJL calls it. */
  public Device device() {
    return isGpu() ? Device.gpu(index) : Device.cpu();
  }

  /** Whether it is a GPU. */
  public boolean isGpu() {
    return type.equals(Device.Type.GPU);
  }

  @Override
  public String toString() {
    return type + ":" + index;
  }
}
