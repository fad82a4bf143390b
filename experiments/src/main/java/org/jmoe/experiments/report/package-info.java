/** Drawings and texts made from a run's files. */
@NullMarked
package org.jmoe.experiments.report;

import org.jspecify.annotations.NullMarked;
