package org.jmoe.device;

import ai.djl.engine.EngineException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Thrown when a device fails or runs out of memory. The results of the current step are lost. */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final Pattern REQUESTED =
      Pattern.compile(
          "(?i)tried to allocate ([0-9]+(?:[.][0-9]+)?) ?(bytes|KiB|MiB|GiB|TiB|KB|MB|GB)");
  private static final Pattern MEMORY =
      Pattern.compile("(?i)out of memory|can't allocate memory|not enough memory");
  private static final Pattern FAILURE =
      Pattern.compile("(?i)CUDA error|CUDA driver|device-side assert|cuDNN error|CUBLAS_STATUS");
  private static final Pattern GPU = Pattern.compile("GPU ([0-9]+)");

  private final long bytes; // -1 if unknown

  private DeviceException(String message, long bytes, Throwable cause) {
    super(message, cause);
    this.bytes = bytes;
  }

  /**
   * Creates an exception for a known device.
   *
   * @param what the failed work, for example the path of the experts
   */
  public static DeviceException on(NamedDevice device, String what, EngineException cause) {
    return of(device.toString(), what, cause);
  }

  /**
   * Classifies an engine error; empty unless it is a device failure or out of memory.
   *
   * @param devices candidate devices, used if the error does not identify one
   */
  public static Optional<DeviceException> in(EngineException cause, String what, String devices) {
    String message = String.valueOf(cause.getMessage());
    if (!MEMORY.matcher(message).find() && !FAILURE.matcher(message).find()) {
      return Optional.empty();
    }
    Matcher gpu = GPU.matcher(message);
    return Optional.of(of(gpu.find() ? "gpu:" + gpu.group(1) : devices, what, cause));
  }

  private static DeviceException of(String device, String what, EngineException cause) {
    String error = String.valueOf(cause.getMessage());
    if (!MEMORY.matcher(error).find()) {
      String line = error.lines().findFirst().orElse("").replaceAll("[.]$", "");
      return new DeviceException(what + ": device " + device + " failed: " + line, -1, cause);
    }
    Matcher requested = REQUESTED.matcher(error);
    boolean known = requested.find();
    String amount =
        known ? " while allocating " + requested.group(1) + " " + requested.group(2) : "";
    return new DeviceException(
        what + ": device " + device + " is out of memory" + amount,
        known ? bytes(requested.group(1), requested.group(2)) : -1,
        cause);
  }

  private static long bytes(String number, String unit) {
    int power =
        switch (Character.toUpperCase(unit.charAt(0))) {
          case 'K' -> 1;
          case 'M' -> 2;
          case 'G' -> 3;
          case 'T' -> 4;
          default -> 0;
        };
    return Math.round(Double.parseDouble(number) * Math.pow(1024, power));
  }

  /** Returns this exception with text added before and after its message. */
  public DeviceException with(String before, String after) {
    return new DeviceException(before + getMessage() + after, bytes, this);
  }

  /** Returns the size of the failed allocation in bytes, if the engine reported it. */
  public OptionalLong bytes() {
    return bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
  }
}
