/** A pre-norm decoder whose feed-forwards may be MoE layers. */
@NullMarked
package org.jmoe.transformer;

import org.jspecify.annotations.NullMarked;
