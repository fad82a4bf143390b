/** Runs: from a configuration to a folder that can be resumed, evaluated and reproduced. */
@NullMarked
package org.jmoe.training.run;

import org.jspecify.annotations.NullMarked;
