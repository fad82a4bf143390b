package org.jmoe.training;

import ai.djl.engine.Engine;
import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.LatentExperts;
import org.jmoe.experts.devices.Placement;
import org.jmoe.experts.devices.ShardedExperts;
import org.jmoe.experts.devices.Transport;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * The devices that a run uses. They form groups of neighbours in the list, one for each copy of the
 * model (data parallelism); the devices of a group share its experts (expert parallelism), and the
 * first of them holds all else.
 *
 * @param devices each once
 * @param replicas copies of the model, dividing the number of devices
 * @param transport how rows travel between the devices of a group
 */
public record DeviceLayout(List<NamedDevice> devices, int replicas, Transport transport) {
  /** Checks that the groups are equal. */
  public DeviceLayout {
    devices = ImmutableList.copyOf(devices);
    Placement.requireDistinct(devices);
    Preconditions.checkArgument(
        replicas >= 1 && devices.size() % replicas == 0,
        "%s devices do not form %s equal groups; name a multiple of replicas = %s devices",
        devices.size(),
        replicas,
        replicas);
  }

  /** The one device that the engine prefers. */
  public static DeviceLayout standard() {
    NamedDevice device = NamedDevice.of(Engine.getInstance().defaultDevice());
    return new DeviceLayout(List.of(device), 1, Transport.direct());
  }

  /**
   * The devices of a list such as {@code gpu:0,gpu:1}, or {@code auto} for all GPUs there are, or
   * the processor where there are none.
   *
   * @throws IllegalArgumentException naming a device that is unknown or named twice
   */
  public static DeviceLayout parse(String list, int replicas) {
    int gpus = Engine.getInstance().getGpuCount();
    List<NamedDevice> devices = new ArrayList<>();
    if (list.equals("auto")) {
      IntStream.range(0, gpus).forEach(i -> devices.add(new NamedDevice("gpu", i)));
      if (gpus == 0) {
        devices.add(new NamedDevice("cpu", 0));
      }
    } else {
      for (String name : Splitter.on(',').split(list)) {
        NamedDevice device = NamedDevice.parse(name);
        Preconditions.checkArgument(
            !device.isGpu() || device.index() < gpus,
            "device %s is unknown: the engine sees %s GPUs; jmoe doctor says why",
            device,
            gpus);
        devices.add(device);
      }
    }
    return new DeviceLayout(devices, replicas, Transport.direct());
  }

  /** The devices of each copy of the model. */
  public List<List<NamedDevice>> groups() {
    return Lists.partition(devices, devices.size() / replicas);
  }

  /**
   * Checks that a model and its training can use the devices.
   *
   * @throws IllegalArgumentException naming the fix
   */
  public void requireFits(ModelSpec model, TrainingSpec training) {
    Preconditions.checkArgument(
        training.accumulation() % replicas == 0,
        "%s replicas share the micro-batches of a step, so they must divide training.accumulation ="
            + " %s; set it to a multiple of %s and training.batch as much smaller",
        replicas,
        training.accumulation(),
        replicas);
    if (groups().get(0).size() == 1) {
      return;
    }
    MoeLayer.Spec moe = model.firstMoe().orElse(null);
    Preconditions.checkArgument(
        moe != null,
        "no layer has experts to share among %s devices; use --replicas %s or one device",
        groups().get(0).size(),
        devices.size());
    Preconditions.checkArgument(
        shared(moe.expert(), placement(groups().get(0), moe)) != null,
        "experts of type %s cannot be shared among devices, only FeedForwardExperts can, latent or"
            + " not; use --replicas %s or one device",
        name(moe.expert()),
        devices.size());
  }

  /** As configurations call it. */
  private static String name(ExpertsSpec expert) {
    Class<?> outer = expert.getClass().getEnclosingClass();
    return (outer == null ? expert.getClass() : outer).getSimpleName();
  }

  /** The model of a group: where it has several devices, they share the experts evenly. */
  public ModelSpec on(List<NamedDevice> group, ModelSpec model) {
    return group.size() == 1 ? model : model.mapMoe(moe -> on(group, moe));
  }

  private MoeLayer.Spec on(List<NamedDevice> group, MoeLayer.Spec moe) {
    ExpertsSpec shared = shared(moe.expert(), placement(group, moe));
    return shared == null
        ? moe
        : new MoeLayer.Spec(moe.experts(), moe.router(), shared, moe.shared());
  }

  /** Where the experts of each layer live in a group. */
  public Placement placement(List<NamedDevice> group, MoeLayer.Spec moe) {
    return Placement.even(moe.experts(), group);
  }

  /** The experts spread over devices; null where they cannot be. */
  private @Nullable ExpertsSpec shared(ExpertsSpec expert, Placement placement) {
    if (expert instanceof FeedForwardExperts.Spec plain) {
      return new ShardedExperts.Spec(plain, placement, transport);
    }
    if (expert instanceof LatentExperts.Spec latent) { // projected at home, rows of width L move
      ExpertsSpec inner = shared(latent.expert(), placement);
      return inner == null ? null : new LatentExperts.Spec(latent.width(), inner);
    }
    return null;
  }
}
