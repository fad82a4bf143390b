/** Tests of {@code org.jmoe.training.optimizer}. */
@NullMarked
package org.jmoe.training.optimizer;

import org.jspecify.annotations.NullMarked;
