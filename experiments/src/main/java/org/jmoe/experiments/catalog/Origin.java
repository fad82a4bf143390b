package org.jmoe.experiments.catalog;

import org.jmoe.experiments.run.CodeVersion;
import org.jmoe.experiments.run.Machine;

/**
 * Where a trial's numbers come from.
 *
 * @param code that ran
 * @param machine it ran on
 * @param seconds it took, those of this process
 */
public record Origin(CodeVersion code, Machine machine, double seconds) {}
