/** Sweeps: grids, random searches and lists of configurations, run like experiments. */
@NullMarked
package org.jmoe.catalog.sweep;

import org.jspecify.annotations.NullMarked;
