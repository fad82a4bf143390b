package org.jmoe.routing.preset;

import com.google.common.collect.ImmutableSet;
import org.jmoe.extension.Named;
import org.jmoe.layer.AuxLoss;

/**
 * A named balance loss for {@code jmoe route}.
 *
 * @param name of lower-case letters, digits and dashes
 * @param loss the loss
 * @param aliases further names
 */
public record LossPreset(String name, AuxLoss loss, ImmutableSet<String> aliases) implements Named {
  /** Creates a preset without aliases. */
  public LossPreset(String name, AuxLoss loss) {
    this(name, loss, ImmutableSet.of());
  }

  /** Creates a preset with aliases. */
  public static LossPreset of(String name, AuxLoss loss, String... aliases) {
    return new LossPreset(name, loss, ImmutableSet.copyOf(aliases));
  }
}
