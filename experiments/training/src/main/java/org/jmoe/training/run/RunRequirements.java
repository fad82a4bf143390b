package org.jmoe.training.run;

import java.util.List;
import java.util.stream.Stream;
import org.jmoe.device.NamedDevice;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;

/** What a run requires of its configuration and devices. */
final class RunRequirements {
  private final RunConfig config;
  private final DeviceLayout layout;

  RunRequirements(RunConfig config, DeviceLayout layout) {
    this.config = config;
    this.layout = layout;
  }

  /** Throws a {@link ConfigException} if the run cannot be trained on its devices. */
  void require() {
    requireTrainable();
    requireFits();
  }

  /** Rejects routers that need repeated sequences; batches contain each sequence once. */
  private void requireTrainable() {
    config.model().blocks().stream()
        .flatMap(block -> Stream.ofNullable(block.moe()))
        .map(MoeLayer.Spec::router)
        .forEach(RunRequirements::requireTrainable);
  }

  private static void requireTrainable(RouterSpec router) {
    if (router.traits().contains(RouterTrait.REPEATED_SEQUENCES)) {
      throw new ConfigException(
          "model.moe.router needs repeated sequences in a batch, which runs do not provide; use"
              + " another router, such as VMoeRouter, instead of "
              + router);
    }
  }

  private void requireFits() {
    if (layout.devices().size() == 1) {
      return;
    }
    if (config.init() != null || config.teacher() != null) {
      throw new ConfigException(
          "a run with init or teacher supports one device, not " + layout.devices().size());
    }
    layout.requireFits(config.model(), config.training());
  }

  /** Warns of devices without experts. */
  void warnOfIdle(TrainingListener listener) {
    if (layout.devices().size() == 1) {
      return;
    }
    for (List<NamedDevice> group : layout.groups()) {
      MoeLayer.Spec moe = config.model().firstMoe().orElse(null);
      if (moe != null && group.size() > 1) {
        for (NamedDevice device : layout.placement(group, moe).idle()) {
          listener.message(
              "warning: device %s is idle, because the model has only %d experts for %d devices"
                  .formatted(device, moe.experts(), group.size()));
        }
      }
    }
  }
}
