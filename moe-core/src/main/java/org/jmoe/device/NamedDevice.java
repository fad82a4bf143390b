package org.jmoe.device;

import ai.djl.Device;
import com.google.common.base.Preconditions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device such as {@code gpu:1} or {@code cpu:1}. DJL knows only one CPU device, so CPU indices
 * are virtual: all compute on {@code cpu:0}, but each owns the parameters placed on it, and
 * transfers between them are copied and counted as between GPUs.
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
        "the device type must be cpu or gpu, not '%s'",
        type);
    Preconditions.checkArgument(index >= 0, "the device index must be at least 0, not %s", index);
  }

  /** Parses a device such as {@code gpu:1}; the index defaults to 0. */
  public static NamedDevice parse(String name) {
    Matcher matcher = NAME.matcher(name.strip());
    Preconditions.checkArgument(
        matcher.matches(), "'%s' is not a device; use cpu:0, cpu:1, .. or gpu:0, gpu:1, ..", name);
    String index = matcher.group(2);
    return new NamedDevice(matcher.group(1), index == null ? 0 : Integer.parseInt(index));
  }

  /** Converts a DJL device. */
  public static NamedDevice of(Device device) {
    return device.isGpu()
        ? new NamedDevice(Device.Type.GPU, device.getDeviceId())
        : new NamedDevice(Device.Type.CPU, 0);
  }

  /** Returns the DJL device. */
  public Device device() {
    return isGpu() ? Device.gpu(index) : Device.cpu();
  }

  /** Returns whether this is a GPU. */
  public boolean isGpu() {
    return type.equals(Device.Type.GPU);
  }

  @Override
  public String toString() {
    return type + ":" + index;
  }
}
