package org.jmoe.training;

import ai.djl.engine.Engine;
import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.LatentExperts;
import org.jmoe.experts.devices.Placement;
import org.jmoe.experts.devices.ShardedExperts;
import org.jmoe.experts.devices.Transport;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * The devices of a run. Consecutive devices form groups, one per replica of the model (data
 * parallelism). The devices of a group share its experts (expert parallelism); the first device of
 * the group holds all other parameters.
 *
 * @param devices distinct devices
 * @param replicas number of model replicas; must divide the number of devices
 * @param transport how rows are copied between the devices of a group
 */
public record DeviceLayout(List<NamedDevice> devices, int replicas, Transport transport) {
  /** Checks that all groups have the same size. */
  public DeviceLayout {
    devices = ImmutableList.copyOf(devices);
    Placement.requireDistinct(devices);
    Preconditions.checkArgument(
        replicas >= 1 && devices.size() % replicas == 0,
        "%s devices cannot be split into %s equal groups; use a multiple of replicas = %s devices",
        devices.size(),
        replicas,
        replicas);
  }

  /** Returns the engine's default device. */
  public static DeviceLayout standard() {
    NamedDevice device = NamedDevice.of(Engine.getInstance().defaultDevice());
    return new DeviceLayout(List.of(device), 1, Transport.direct());
  }

  /**
   * Parses a list such as {@code gpu:0,gpu:1}; {@code auto} means all GPUs, or the CPU if there are
   * none.
   *
   * @throws IllegalArgumentException if a device is unknown or listed twice
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
            "device %s is unknown: the engine sees %s GPUs; run jmoe doctor for the reason",
            device,
            gpus);
        devices.add(device);
      }
    }
    return new DeviceLayout(devices, replicas, Transport.direct());
  }

  /** Returns the devices of each replica. */
  public List<List<NamedDevice>> groups() {
    return Lists.partition(devices, devices.size() / replicas);
  }

  /**
   * Checks that a model can be trained on these devices.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public void requireFits(ModelSpec model, TrainingSpec training) {
    Preconditions.checkArgument(
        training.accumulation() % replicas == 0,
        "replicas = %s must divide training.accumulation = %s, since replicas share the"
            + " micro-batches of a step; use a multiple of %s and reduce training.batch"
            + " accordingly",
        replicas,
        training.accumulation(),
        replicas);
    Preconditions.checkArgument(
        training.batchRamp() == null || replicas == 1,
        "training.batchRamp needs a single replica, not %s; set training.batchRamp to null",
        replicas);
    if (groups().get(0).size() == 1) {
      return;
    }
    MoeLayer.Spec moe = model.firstMoe().orElse(null);
    Preconditions.checkArgument(
        moe != null,
        "the model has no experts to shard over %s devices; use --replicas %s or one device",
        groups().get(0).size(),
        devices.size());
    Preconditions.checkArgument(
        shared(moe.expert(), placement(groups().get(0), moe)) != null,
        "experts of type %s cannot be sharded, only FeedForwardExperts and LatentExperts can; use"
            + " --replicas %s or one device",
        name(moe.expert()),
        devices.size());
  }

  /** Returns the name of the experts' type in run.json. */
  private static String name(ExpertsSpec expert) {
    Class<?> outer = expert.getClass().getEnclosingClass();
    return (outer == null ? expert.getClass() : outer).getSimpleName();
  }

  /** Returns the model of one group, with the experts sharded evenly over its devices. */
  public ModelSpec on(List<NamedDevice> group, ModelSpec model) {
    return group.size() == 1 ? model : model.mapMoe(moe -> on(group, moe));
  }

  private MoeLayer.Spec on(List<NamedDevice> group, MoeLayer.Spec moe) {
    ExpertsSpec shared = shared(moe.expert(), placement(group, moe));
    return shared == null
        ? moe
        : new MoeLayer.Spec(moe.experts(), moe.router(), shared, moe.shared());
  }

  /** Returns the device of each expert of a layer within a group. */
  public Placement placement(List<NamedDevice> group, MoeLayer.Spec moe) {
    return Placement.even(moe.experts(), group);
  }

  /** Returns the sharded experts, or null if they cannot be sharded. */
  private @Nullable ExpertsSpec shared(ExpertsSpec expert, Placement placement) {
    if (expert instanceof FeedForwardExperts.Spec plain) {
      return new ShardedExperts.Spec(plain, placement, transport);
    }
    if (expert
        instanceof
        LatentExperts.Spec latent) { // projected on the first device, so rows of width L are moved
      ExpertsSpec inner = shared(latent.expert(), placement);
      return inner == null ? null : new LatentExperts.Spec(latent.width(), inner);
    }
    return null;
  }
}
