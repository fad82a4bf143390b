/** Tests of the training loop, the optimizer and what they count. */
@NullMarked
package org.jmoe.experiments.train;

import org.jspecify.annotations.NullMarked;
