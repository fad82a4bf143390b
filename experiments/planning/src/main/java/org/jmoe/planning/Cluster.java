package org.jmoe.planning;

import com.google.common.base.Preconditions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.Nearest;
import org.jmoe.training.config.RunJson;

/**
 * Devices that train one model. As JSON it is an object of these keys.
 *
 * @param device what each is, for people
 * @param nodes groups of devices that fast links join
 * @param devicesPerNode in each
 * @param memoryBytes of a device
 * @param memoryBandwidth bytes a second between a device and its memory
 * @param bfloat16Flops most operations a second of a device's products in bfloat16
 * @param float8Flops the same in 8-bit floats; 0 where there are none
 * @param float32Flops the same in float32
 * @param intraNodeBandwidth bytes a second that a device sends within its node
 * @param interNodeBandwidth bytes a second that a device sends to other nodes
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
  /** Most devices. */
  static final int MOST = 1 << 20;

  private static final Pattern NAME = Pattern.compile("(\\d{1,7})x(.+)");

  /** Checks that every number is one that a machine can have. */
  public Cluster {
    within(nodes, "nodes");
    within(devicesPerNode, "devicesPerNode");
    Preconditions.checkArgument(
        (long) nodes * devicesPerNode <= MOST,
        "nodes = %s of devicesPerNode = %s are more than %s devices",
        nodes,
        devicesPerNode,
        MOST);
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

  private static void within(int value, String name) {
    Preconditions.checkArgument(
        value >= 1 && value <= MOST, "%s must be between 1 and %s, not %s", name, MOST, value);
  }

  private static void positive(double value, String name) {
    Preconditions.checkArgument(
        value > 0 && Double.isFinite(value), "%s must be above 0 and finite, not %s", name, value);
  }

  /**
   * The cluster of a name such as {@code 8xH100}, or of a JSON file. More devices than fast links
   * join are so many nodes.
   *
   * @throws ConfigException saying what is known
   */
  public static Cluster of(String text) {
    Matcher name = NAME.matcher(text);
    if (name.matches()) {
      return named(Integer.parseInt(name.group(1)), name.group(2));
    }
    Path file = Path.of(text);
    if (!Files.exists(file)) {
      throw new ConfigException(
          "--cluster %s is no file and no NUMBERxDEVICE such as 8xH100; known devices are %s"
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
                        "there is no device '%s'%s Known are %s; a JSON file can describe others"
                            .formatted(
                                device,
                                Nearest.question(device, devices()),
                                String.join(", ", devices()))));
    int together = accelerator.together();
    if (count > together && count % together != 0) {
      throw new ConfigException(
          "--cluster %dx%s: fast links join %d %s at most, and %d is no multiple of it; use %d"
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

  /** The devices that names know. */
  public static List<String> devices() {
    return Arrays.stream(Accelerator.values()).map(Accelerator::word).toList();
  }

  /** All devices. */
  public int size() {
    return nodes * devicesPerNode;
  }

  /** The same devices in another number of nodes. */
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
