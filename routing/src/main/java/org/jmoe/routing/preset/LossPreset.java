package org.jmoe.routing.preset;

import org.jmoe.extension.Named;
import org.jmoe.layer.AuxLoss;

/**
 * A balance loss under the name by which {@code jmoe route} finds it.
 *
 * @param name of lower-case letters, digits and dashes
 */
public record LossPreset(String name, AuxLoss loss) implements Named {}
