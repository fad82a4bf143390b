/** Tests of {@code org.jmoe.training.run}. */
@NullMarked
package org.jmoe.training.run;

import org.jspecify.annotations.NullMarked;
