package org.jmoe.planning;

import com.google.common.base.Preconditions;
import com.google.errorprone.annotations.Immutable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.Nearest;

/**
 * The devices that train one model; in JSON an object with these keys.
 *
 * @param device name of the device, for display
 * @param nodes number of nodes, groups of devices connected by fast links
 * @param devicesPerNode devices per node
 * @param memoryBytes memory per device
 * @param memoryBandwidth bytes per second between a device and its memory
 * @param bfloat16Flops peak bfloat16 matmul throughput of a device in FLOP/s
 * @param float8Flops the same for 8-bit floats; 0 if unsupported
 * @param float32Flops the same for float32
 * @param intraNodeBandwidth bytes per second that a device sends within its node
 * @param interNodeBandwidth bytes per second that a device sends to other nodes
 */
public record Cluster(
    String device,
    int nodes,
    int devicesPerNode,
    long memoryBytes,
    double memoryBandwidth,
    double bfloat16Flops,
    double float8Flops,
    double float32Flops,
    double intraNodeBandwidth,
    double interNodeBandwidth) {
  /** Maximum number of devices. */
  static final int MAX_DEVICES = 1 << 20;

  private static final Pattern NAME = Pattern.compile("(\\d{1,7})x(.+)");

  /** Checks that every value is physically possible. */
  public Cluster {
    within(nodes, "nodes");
    within(devicesPerNode, "devicesPerNode");
    Preconditions.checkArgument(
        (long) nodes * devicesPerNode <= MAX_DEVICES,
        "nodes = %s of devicesPerNode = %s are more than %s devices",
        nodes,
        devicesPerNode,
        MAX_DEVICES);
    Preconditions.checkArgument(
        memoryBytes >= 1, "memoryBytes must be at least 1, not %s", memoryBytes);
    positive(memoryBandwidth, "memoryBandwidth");
    positive(bfloat16Flops, "bfloat16Flops");
    Preconditions.checkArgument(
        float8Flops >= 0 && Double.isFinite(float8Flops),
        "float8Flops must be at least 0 (0 for a device without), not %s",
        float8Flops);
    positive(float32Flops, "float32Flops");
    positive(intraNodeBandwidth, "intraNodeBandwidth");
    positive(interNodeBandwidth, "interNodeBandwidth");
  }

  /**
   * Memory of a device.
   *
   * @param bytes capacity
   * @param bandwidth bytes per second between the device and its memory
   */
  @Immutable
  public record Memory(long bytes, double bandwidth) {}

  /** Peak matmul throughput of a device in FLOP/s; 0 for an unsupported float8. */
  @Immutable
  public record Flops(double bfloat16, double float8, double float32) {}

  /** Bytes per second that a device sends within its node and to other nodes. */
  @Immutable
  public record Links(double intraNode, double interNode) {}

  /** Returns a cluster of nodes of equal devices. */
  public static Cluster of(
      String device, int nodes, int devicesPerNode, Memory memory, Flops flops, Links links) {
    return new Cluster(
        device,
        nodes,
        devicesPerNode,
        memory.bytes(),
        memory.bandwidth(),
        flops.bfloat16(),
        flops.float8(),
        flops.float32(),
        links.intraNode(),
        links.interNode());
  }

  private static void within(int value, String name) {
    Preconditions.checkArgument(
        value >= 1 && value <= MAX_DEVICES,
        "%s must be between 1 and %s, not %s",
        name,
        MAX_DEVICES,
        value);
  }

  private static void positive(double value, String name) {
    Preconditions.checkArgument(
        value > 0 && Double.isFinite(value), "%s must be above 0 and finite, not %s", name, value);
  }

  /**
   * Returns the cluster with a name such as {@code 8xH100}, or the one in a JSON file. Devices
   * beyond one node's fast links are split into nodes.
   *
   * @throws ConfigException listing the known devices
   */
  public static Cluster of(String text) {
    Matcher name = NAME.matcher(text);
    if (name.matches()) {
      return named(Integer.parseInt(name.group(1)), name.group(2));
    }
    Path file = Path.of(text);
    if (!Files.exists(file)) {
      throw new ConfigException(
          "--cluster must be a file or NUMBERxDEVICE such as 8xH100, got %s; known devices: %s"
              .formatted(text, String.join(", ", devices())));
    }
    RunJson json = RunJson.standard();
    try {
      return json.read(json.parse(file), Cluster.class);
    } catch (ConfigException e) {
      String message = e.getMessage();
      throw message != null && message.contains(text)
          ? e
          : new ConfigException(file + ": " + message, e);
    }
  }

  private static Cluster named(int count, String device) {
    Accelerator accelerator =
        Arrays.stream(Accelerator.values())
            .filter(a -> a.word().equalsIgnoreCase(device))
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "unknown device '%s'%s Known devices: %s; describe others in a JSON file"
                            .formatted(
                                device,
                                Nearest.question(device, devices()),
                                String.join(", ", devices()))));
    int together = accelerator.together();
    if (count > together && count % together != 0) {
      throw new ConfigException(
          "--cluster %dx%s: a node has at most %d %s and %d is not a multiple of that; use %d"
              .formatted(
                  count,
                  accelerator.word(),
                  together,
                  accelerator.word(),
                  count,
                  count / together * together));
    }
    return count > together
        ? accelerator.cluster(count / together, together)
        : accelerator.cluster(1, count);
  }

  /** Returns the devices known by name. */
  public static List<String> devices() {
    return Arrays.stream(Accelerator.values()).map(Accelerator::word).toList();
  }

  /** Returns the total number of devices. */
  public int size() {
    return nodes * devicesPerNode;
  }

  /** Returns a cluster of the same devices with another number of nodes. */
  public Cluster withNodes(int other) {
    return new Cluster(
        device,
        other,
        devicesPerNode,
        memoryBytes,
        memoryBandwidth,
        bfloat16Flops,
        float8Flops,
        float32Flops,
        intraNodeBandwidth,
        interNodeBandwidth);
  }
}
