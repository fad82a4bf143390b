/** Tests of checkpoints: every fault at every place. */
@NullMarked
package org.jmoe.experiments.checkpoint;

import org.jspecify.annotations.NullMarked;
