/**
 * Analytical planning: what training a model of any size would take on a cluster, from its sizes
 * alone. No model is built or trained; every formula names its source, and {@code docs/planning.md}
 * compares the predictions with published measurements.
 */
@NullMarked
package org.jmoe.planning;

import org.jspecify.annotations.NullMarked;
