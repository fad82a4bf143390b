/** Measurements: ratios of minima, taken in turns within one process. */
@NullMarked
package org.jmoe.experiments.bench;

import org.jspecify.annotations.NullMarked;
