/** Runs: training from a configuration, resuming, and loading trained models. */
@NullMarked
package org.jmoe.training.run;

import org.jspecify.annotations.NullMarked;
