package org.jmoe.catalog.engine;

import org.jmoe.training.results.CodeVersion;
import org.jmoe.training.results.Machine;

/**
 * Provenance of a trial's results.
 *
 * @param code version of the code
 * @param machine machine it ran on
 * @param seconds duration in this process
 */
public record TrialProvenance(CodeVersion code, Machine machine, double seconds) {}
