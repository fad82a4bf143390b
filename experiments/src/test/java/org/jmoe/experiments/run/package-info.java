/** Tests of configurations and run directories. */
@NullMarked
package org.jmoe.experiments.run;

import org.jspecify.annotations.NullMarked;
