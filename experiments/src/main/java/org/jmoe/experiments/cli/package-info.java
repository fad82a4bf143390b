/** The {@code jmoe} command. */
@NullMarked
package org.jmoe.experiments.cli;

import org.jspecify.annotations.NullMarked;
