/** Tests of configurations and run directories. */
@NullMarked
package org.jmoe.experiments.planner;

import org.jspecify.annotations.NullMarked;
