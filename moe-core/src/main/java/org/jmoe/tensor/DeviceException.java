package org.jmoe.tensor;

import ai.djl.engine.EngineException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A device that failed or ran out of memory; what it computed of the running step is lost. */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final Pattern ASKED =
      Pattern.compile(
          "(?i)tried to allocate ([0-9]+(?:[.][0-9]+)?) ?(bytes|KiB|MiB|GiB|TiB|KB|MB|GB)");
  private static final Pattern MEMORY =
      Pattern.compile("(?i)out of memory|can't allocate memory|not enough memory");
  private static final Pattern FAILURE =
      Pattern.compile("(?i)CUDA error|CUDA driver|device-side assert|cuDNN error|CUBLAS_STATUS");
  private static final Pattern GPU = Pattern.compile("GPU ([0-9]+)");

  private final long bytes; // -1 where unknown

  private DeviceException(String message, long bytes, Throwable cause) {
    super(message, cause);
    this.bytes = bytes;
  }

  /**
   * A failure on a known device.
   *
   * @param what was done there, such as the path of the experts
   */
  public static DeviceException on(NamedDevice device, String what, EngineException cause) {
    return of(device.toString(), what, cause);
  }

  /**
   * The failure that an error of the engine tells of, if it is one of a device and no mistake in a
   * computation.
   *
   * @param devices the names of those that may have failed
   */
  public static Optional<DeviceException> in(EngineException cause, String what, String devices) {
    String said = String.valueOf(cause.getMessage());
    if (!MEMORY.matcher(said).find() && !FAILURE.matcher(said).find()) {
      return Optional.empty();
    }
    Matcher gpu = GPU.matcher(said);
    return Optional.of(of(gpu.find() ? "gpu:" + gpu.group(1) : devices, what, cause));
  }

  private static DeviceException of(String device, String what, EngineException cause) {
    String said = String.valueOf(cause.getMessage());
    if (!MEMORY.matcher(said).find()) {
      String line = said.lines().findFirst().orElse("").replaceAll("[.]$", "");
      return new DeviceException(what + ": device " + device + " failed: " + line, -1, cause);
    }
    Matcher asked = ASKED.matcher(said);
    boolean known = asked.find();
    String amount =
        known ? "; " + asked.group(1) + " " + asked.group(2) + " more were asked for" : "";
    return new DeviceException(
        what + ": device " + device + " is out of memory" + amount,
        known ? bytes(asked.group(1), asked.group(2)) : -1,
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

  /** The same with more of what a user needs to know. */
  public DeviceException with(String before, String after) {
    return new DeviceException(before + getMessage() + after, bytes, this);
  }

  /** Bytes that were asked for where memory ran out and the engine told. */
  public OptionalLong bytes() {
    return bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
  }
}
