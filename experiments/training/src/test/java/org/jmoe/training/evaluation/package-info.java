/** Tests of {@code org.jmoe.training.evaluation}. */
@NullMarked
package org.jmoe.training.evaluation;

import org.jspecify.annotations.NullMarked;
