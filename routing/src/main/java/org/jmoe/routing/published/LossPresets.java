package org.jmoe.routing.published;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.Optional;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.AuxLoss;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.routing.preset.RouterPreset;

/** Published balance losses by name. */
public final class LossPresets {
  private LossPresets() {}

  /** Returns all published losses. */
  public static ImmutableMap<String, LossPreset> all() {
    return Extensions.none().with(new RoutingExtension()).values(LossPreset.class);
  }

  /**
   * Finds a loss by name or alias. Names may be written with {@code _} for {@code -} and with the
   * suffix {@code -loss}. If systems define it differently, the form of the given preset is used.
   *
   * @param extensions with {@link LossPreset} values
   */
  public static Optional<AuxLoss> find(String name, RouterPreset preset, Extensions extensions) {
    String plain =
        Ascii.toLowerCase(name).replace('_', '-').replace(' ', '-').replaceFirst("-loss$", "");
    boolean differs = plain.equals("importance") || plain.equals("load");
    String wanted = differs ? preset.cvForm().lossName(plain) : plain;
    ImmutableMap<String, LossPreset> known = extensions.values(LossPreset.class);
    return Optional.ofNullable(known.get(wanted))
        .or(() -> byAlias(wanted, known.values()))
        .map(LossPreset::loss);
  }

  private static Optional<LossPreset> byAlias(String name, Collection<LossPreset> known) {
    return known.stream().filter(loss -> loss.aliases().contains(name)).findFirst();
  }
}
