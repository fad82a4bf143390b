package org.jmoe.catalog.engine;

import org.jmoe.training.results.CodeVersion;
import org.jmoe.training.results.Machine;

/**
 * Where a trial's numbers come from.
 *
 * @param code that ran
 * @param machine it ran on
 * @param seconds it took, those of this process
 */
public record Origin(CodeVersion code, Machine machine, double seconds) {}
