/** Held-out loss and expert load. */
@NullMarked
package org.jmoe.training.evaluation;

import org.jspecify.annotations.NullMarked;
