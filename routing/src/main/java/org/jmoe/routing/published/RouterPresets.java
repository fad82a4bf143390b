package org.jmoe.routing.published;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.jmoe.extension.Extensions;
import org.jmoe.routing.preset.RouterPreset;

/** Published routers by name of their system. */
public final class RouterPresets {
  private RouterPresets() {}

  /** Returns all presets. */
  public static ImmutableList<RouterPreset> all() {
    return Extensions.none()
        .with(new RoutingExtension())
        .values(RouterPreset.class)
        .values()
        .asList();
  }

  /** Finds a preset by name. */
  public static Optional<RouterPreset> find(String name) {
    return all().stream().filter(preset -> preset.name().equals(name)).findFirst();
  }

  /** Returns all names in the order of the list. */
  public static List<String> names() {
    return all().stream().map(RouterPreset::name).toList();
  }
}
