package org.jmoe.routing.preset;

import org.jmoe.extension.Named;
import org.jmoe.layer.AuxLoss;

/**
 * A named balance loss for {@code jmoe route}.
 *
 * @param name of lower-case letters, digits and dashes
 */
public record LossPreset(String name, AuxLoss loss) implements Named {}
