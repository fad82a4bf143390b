/** Tests of {@code org.jmoe.training.checkpoint}. */
@NullMarked
package org.jmoe.training.checkpoint;

import org.jspecify.annotations.NullMarked;
