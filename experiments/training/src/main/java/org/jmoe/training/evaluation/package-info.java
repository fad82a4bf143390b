/** Held-out loss, and the load of each layer's experts. */
@NullMarked
package org.jmoe.training.evaluation;

import org.jspecify.annotations.NullMarked;
